"""Tells the hook in this process of encounters, and says what was answered."""

import sys
from pathlib import Path

import orjson

from service.wsgi import app
from tests.posted import an_encounter


def main(var: str, many: str) -> None:
    token = (Path(var) / "token").read_text()
    client = app.test_client()
    for number in range(int(many)):
        answer = client.put(
            f"/hooks/encounter/Encounter/e{number}",
            data=orjson.dumps(an_encounter(id=f"e{number}")),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/fhir+json",
            },
        )
        told = f"Encounter/e{number}" if answer.status_code == 202 else ""
        sys.stdout.write(f"{answer.status_code} {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
