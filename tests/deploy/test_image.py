"""The Dockerfile without Docker: its steps run here, and what comes out writes where it may.

Not shown here is that the base image and Debian's packages are to be had.
"""

import os
import re
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from deploy.bootstrap import UV
from tests.commands import ROOT, run_command, start_command
from tests.conftest import missing
from tests.faults.strace import is_there
from tests.journeys.test_wheel import plain, run_uv
from tests.live import free_port

TEXT = (ROOT / "Dockerfile").read_text()
VAR, INSTALLED = "/var/lib/education-plan", "/opt/education-plan"


@dataclass
class Stage:
    """One FROM and what follows it, in order."""

    image: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, name: str) -> list[str]:
        return [words for step, words in self.steps if step == name]


def stages() -> list[Stage]:
    found: list[Stage] = []
    lines = re.sub(r"\\\n\s*", " ", TEXT).splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            step, _, words = line.partition(" ")
            if step == "FROM":
                found.append(Stage(words.split()[0]))
            else:
                found[-1].steps.append((step, words))
    return found


BUILD, IMAGE = stages()


def settings(stage: Stage) -> dict[str, str]:
    return dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(stage.of("ENV"))))


def test_both_stages_have_the_same_python_so_that_what_was_built_runs():
    assert BUILD.image == IMAGE.image
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", IMAGE.image)


def test_it_runs_as_an_ordinary_user_and_says_how_to_tell_that_it_lives():
    assert IMAGE.of("USER") == ["10001"]
    assert "--uid 10001" in " ".join(IMAGE.of("RUN"))
    (check,) = IMAGE.of("HEALTHCHECK")
    assert "/health/live" in check
    assert IMAGE.of("VOLUME") == [VAR]


def test_it_is_a_production_and_keeps_its_data_in_the_volume():
    assert settings(IMAGE)["EDUPLAN_MODE"] == "production"
    assert settings(IMAGE)["EDUPLAN_VAR_DIR"] == VAR


def test_the_builder_is_handed_what_it_copies_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    copied = {word for words in BUILD.of("COPY") for word in words.split()[:-1]}
    assert copied == allowed
    assert [name for name in sorted(copied) if not (ROOT / name).exists()] == []


def test_it_builds_with_the_uv_that_everything_else_uses():
    assert BUILD.of("RUN")[0] == f"pip install --no-cache-dir {UV}"


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """What the build stage leaves, below a folder of ours: its COPY and RUN, one by one."""
    folder = tmp_path_factory.mktemp("image")
    place, installed = folder / "build", folder / "opt"
    place.mkdir()
    told = settings(BUILD) | {"UV_PROJECT_ENVIRONMENT": str(installed)}
    for step, words in BUILD.steps:
        if step == "COPY":
            *sources, target = words.split()
            for source in sources:
                copy(ROOT / source, place / target / (source if target == "./" else ""))
        elif step == "RUN" and words.startswith("uv "):
            run_uv(*words.split()[1:], folder=place, **told)
    return installed


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignored)
    else:
        shutil.copy(source, target)


@pytest.mark.slow
@pytest.mark.real
def test_what_is_built_is_the_service_with_its_content_and_postgresql(image):
    def run(*words: str) -> str:
        done = run_command(*words, environment=plain(), command=(), cwd=image)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(str(image / "bin" / "education-plan"), "version").strip()
    run(str(image / "bin" / "python"), "-c", "import psycopg; psycopg.pq.version()")
    run(
        str(image / "bin" / "python"),
        "-c",
        "from importlib.metadata import version as of; of('weasyprint')",
    )
    place = run(str(image / "bin" / "python"), "-c", "import service; print(service.__file__)")
    assert Path(place.strip()).is_relative_to(image)  # not a link into the build folder
    missing_ones = [m for m in ("pytest", "hypothesis", "ruff") if (image / "bin" / m).exists()]
    assert missing_ones == []


OPENED = re.compile(r'(?:open|openat|creat)\((?:AT_FDCWD, )?"([^"]+)", ([A-Z_|]+)')
NAMED = re.compile(r"(?:mkdir|mkdirat|rename|renameat2?|link|linkat|unlink|unlinkat|symlink)\(.*")
PATHS = re.compile(r'"([^"]+)"')
CALLS = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,truncate"


def written(trace: Path, home: Path) -> set[str]:
    """Every path that was opened to be written, made, moved or linked; relative ones from home."""
    found = set()
    for line in trace.read_text(errors="replace").splitlines():
        if " = -1 " in line:
            continue  # it was not done
        if opened := OPENED.search(line):
            path, flags = opened.groups()
            if {"O_WRONLY", "O_RDWR", "O_CREAT"} & set(flags.split("|")):
                found.add(os.path.normpath(home / path))
        elif named := NAMED.search(line):
            found |= {os.path.normpath(home / path) for path in PATHS.findall(named[0])}
    return found


@pytest.mark.slow
@pytest.mark.real
def test_all_that_it_writes_goes_to_its_volume_or_to_memory(image, tmp_path):
    """So the root file system may be read-only: serve, work, backup and restore under strace."""
    if not is_there():
        missing("there is no strace")
    var, elsewhere, trace = tmp_path / "var", tmp_path / "elsewhere", tmp_path / "trace"
    elsewhere.mkdir()
    port = free_port()
    # As in the image, where the user's home is the volume.
    own = {"EDUPLAN_MODE": "demo", "EDUPLAN_VAR_DIR": str(var), "HOME": str(var)}
    environment = plain(**own, PYTHONDONTWRITEBYTECODE="1")
    traced = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-s",
        "4096",
        "-e",
        f"trace={CALLS}",
        "-A",
        "-o",
        str(trace),
    ]
    command = [*traced, str(image / "bin" / "education-plan")]
    at = {"command": command, "cwd": elsewhere}
    words = ("serve", "--sample", "--port", str(port))
    serve = start_command(environment, tmp_path / "log", *words, **at)
    try:
        for path in ("/health/ready", "/docs", "/openapi.json"):
            assert answered(f"http://127.0.0.1:{port}{path}")
        backup = run_command("backup", str(var / "b.tar"), environment=environment, **at)
        assert backup.returncode == 0
    finally:
        pid = serve.pid  # strace's; it ends when what it runs does
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        serve.wait(120)
    words = ("restore", str(var / "b.tar"), "--replace")
    assert run_command(*words, environment=environment, **at).returncode == 0
    paths = written(trace, elsewhere)
    assert str(var / "education-plan.sqlite") in paths
    allowed = (str(var), "/dev/null", "/dev/shm/")
    left = {path for path in paths if not path.startswith(allowed)}
    # Python tries whether it may write there (tempfile), and asks the compiler, where there is
    # one, for WeasyPrint's libraries (ctypes.util). In the containers /tmp is memory.
    assert sorted(path for path in left if not re.fullmatch(r"/tmp/[^/]+", path)) == []
    assert list(elsewhere.iterdir()) == []


def answered(url: str) -> bool:
    """Whether it answers well; before its first answer it makes all handouts, under strace."""
    patience = time.monotonic() + 300
    while time.monotonic() < patience:
        try:
            return requests.get(url, timeout=60).ok
        except requests.ConnectionError:
            time.sleep(0.1)
    return False


def test_what_handouts_on_paper_need_is_what_operators_are_told():
    wanted = re.search(r"in Debian: `([^`]+)`", (ROOT / "docs" / "operator.md").read_text())
    assert set(wanted[1].split()) <= set(" ".join(IMAGE.of("RUN")).split())
