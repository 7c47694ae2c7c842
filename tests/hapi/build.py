"""Compiles the test record (java/) with Maven, once for each change of its sources.

The outcome lies in a cache outside the checkout, so that a fresh clone starts in seconds; the
jars of HAPI (about 330 MB) lie in Maven's own repository.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "java"
NO_NETWORK = ("Could not transfer", "Could not resolve", "Unknown host", "offline mode")
MAIN = "ehr.Ehr"
MAVEN_MAY_TAKE = 1200  # seconds; the first time it downloads


class Unavailable(Exception):
    """What the record needs is not on this machine; the message names it."""


def command() -> list[str]:
    """Return how to start the record, compiled where that was not done before.

    Raises:
        Unavailable: Java, Maven or Maven's repository is out of reach.
        RuntimeError: the sources do not compile.
    """
    java, built = _program("java"), _cache() / _version()
    if not _is_whole(built):
        _compile(built)
    return [java, "-Xmx1500m", "-XX:TieredStopAtLevel=1", f"@{built / 'classpath.options'}", MAIN]


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "education-plan-service" / "hapi"


def _version() -> str:
    seen = hashlib.sha256()
    for source in sorted(path for path in SOURCES.rglob("*") if path.is_file()):
        seen.update(f"{source.relative_to(SOURCES)}\0".encode() + source.read_bytes())
    return seen.hexdigest()[:16]


def _is_whole(built: Path) -> bool:
    """Compiled, and every jar still in Maven's repository."""
    listed = built / "classpath"
    return listed.exists() and all(map(os.path.exists, listed.read_text().split(":")))


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        package = {"java": "default-jdk-headless", "mvn": "maven"}[name]
        raise Unavailable(f"{name} is not installed (Debian: {package})")
    return found


def _compile(built: Path) -> None:
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=built.parent) as scratch:
        sources = Path(shutil.copytree(SOURCES, Path(scratch) / "java"))
        _maven(sources)
        target = sources / "target"
        path = f"{built / 'classes'}:{(target / 'classpath').read_text()}"
        (target / "classpath.options").write_text(f'-cp "{path}"')
        shutil.rmtree(built, ignore_errors=True)
        try:
            target.rename(built)
        except OSError:
            if not _is_whole(built):  # else another run was faster
                raise


def _maven(sources: Path) -> None:
    orders = ["compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"]
    done = subprocess.run(
        [_program("mvn"), "--quiet", "--batch-mode", *orders],
        cwd=sources,
        capture_output=True,
        text=True,
        timeout=MAVEN_MAY_TAKE,
    )
    if done.returncode and any(word in done.stdout for word in NO_NETWORK):
        raise Unavailable("Maven cannot fetch HAPI from its repository")
    if done.returncode:
        raise RuntimeError(f"the test record does not compile:\n{done.stdout[-2000:]}")
