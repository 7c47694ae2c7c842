"""The servers of the bench: `python -m bench.serve NAME PORT FOLDER`, gunicorn gthread 2 × 4.

hello         Flask, a constant body: what a worker weighs
constant      Flask, constant bodies as large as a handout
bare_commit   Flask, one row of 270 bytes through the service's own writer, a constant
              body as large as a plan's Bundle: the ceiling for anything that is durable
naive         the service as one would write it first: fhir.resources in and out. Kept
              as it is, never bettered
service       the service
service_1000  the service with 999 more packs
service_few, service_many, service_handouts, service_cds   the service over the store in its folder
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from flask import Flask

from bench.baselines import bare_commit, constant, hello, naive


def service(folder: Path) -> Flask:
    from service.app import create_app

    return create_app(_settings(folder))


def service_1000(folder: Path) -> Flask:
    from service import app
    from service.domain.codes import Coding
    from service.domain.content import TriggerCode, Triggers
    from service.packs.catalogue import Catalogue

    parts = app.build_parts(_settings(folder))
    (pack,) = parts.catalogue.packs("")
    system = "http://snomed.info/sct"
    others = [
        replace(
            pack,
            id=f"other-{n}",
            triggers=Triggers(
                exact=tuple(
                    TriggerCode(Coding(system, str(90_000_000 + 10 * n + i)), pack.description)
                    for i in range(5)
                )
            ),
        )
        for n in range(999)
    ]
    catalogue = Catalogue([pack, *others], {}, draft_content=True)
    return app.build_web(
        replace(parts, catalogue=catalogue, make_plan=replace(parts.make_plan, catalogue=catalogue))
    )


def _settings(folder: Path):
    from service.config.settings import read_settings

    return read_settings(os.environ | {"EDUPLAN_VAR_DIR": str(folder)})


SERVERS = {
    "hello": hello,
    "constant": constant,
    "bare_commit": bare_commit,
    "naive": naive,
    "service": service,
    "service_1000": service_1000,
    "service_few": service,
    "service_many": service,
    "service_handouts": service,
    "service_cds": service,
}


def main() -> None:
    name, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    from service.serving import run

    run(SERVERS[name](folder), host="127.0.0.1", port=port, workers=2, threads=4)


if __name__ == "__main__":
    main()
