"""A real FHIR server as a child process on loopback: HAPI FHIR JPA R4, empty at each start.

By hand, until Ctrl-C: `python -m tests.hapi.server --server.port=8090`.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hapi.build import command
from tests.hapi.package import put_into

READY = re.compile(r"^ready (\S+)\n", re.MULTILINE)  # a whole line: it may be half written
START_MAY_TAKE, STOP_MAY_TAKE = 600, 20  # seconds; usually 16 and 3 on two idle cores


@contextmanager
def running_hapi(package: Path | None, *, port: int = 0) -> Iterator[str]:
    """Start the server on a free port, yield its FHIR base URL, and stop it at the end.

    It knows the definitions (*.json) in the folder `package` from the start. It ends by its
    pid whatever happens in between, and by itself when this process ends.

    Raises:
        tests.hapi.build.Unavailable: Java, Maven or Maven's repository is out of reach.
        RuntimeError: it did not start; the message ends with the end of its log.
    """
    options = [f"--server.port={port}", f"--ehr.package={package or ''}"]
    options.append(f"--ehr.parent={os.getpid()}")
    with tempfile.TemporaryDirectory(prefix="hapi-") as folder:
        log = Path(folder) / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [*command(), *options],
                env=os.environ | {"JDK_JAVA_OPTIONS": f"-Djava.io.tmpdir={folder}"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            yield _await(process, log)
        finally:
            _stop(process)


def _await(process: subprocess.Popen, log: Path) -> str:
    patience = time.monotonic() + START_MAY_TAKE
    while process.poll() is None and time.monotonic() < patience:
        if ready := READY.search(log.read_text()):
            return ready[1]
        time.sleep(0.1)
    raise RuntimeError(f"the test record did not start:\n{_told(log)}")


def _told(log: Path) -> str:
    """The end of the log without the frames of its stack traces."""
    lines = log.read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("\tat "))[-4000:]


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOP_MAY_TAKE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def by_hand(given: list[str]) -> list[str]:
    """The options of a start by hand: port 8090 and our package, unless they are given."""
    names = {each.partition("=")[0] for each in given}
    usual = ["--server.port=8090"]
    if "--ehr.package" not in names:
        package = put_into(Path(tempfile.mkdtemp(prefix="hapi-package-")))
        usual.append(f"--ehr.package={package}")
    return [*(each for each in usual if each.partition("=")[0] not in names), *given]


def main() -> None:
    """Become the server; Ctrl-C ends it."""
    words = [*command(), *by_hand(sys.argv[1:])]
    os.execv(words[0], words)


if __name__ == "__main__":
    main()
