"""The wheel is the whole service: it runs where no checkout is."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.commands import ROOT, run_command, start_command
from tests.conftest import JSON, missing
from tests.live import free_port
from tests.posted import a_visit

pytestmark = pytest.mark.slow

UV = Path(sys.executable).with_name("uv")
# How uv says that it cannot reach an index.
UNREACHABLE = ("failed to fetch", "error sending request", "dns error", "could not connect")
BIN = "Scripts" if os.name == "nt" else "bin"


def run_uv(*words: str | Path, folder: Path = ROOT, **settings: str) -> None:
    """Run the locked uv; skip when it has to fetch something and the index is out of reach."""
    done = subprocess.run(
        [UV, *words], cwd=folder, env=plain(**settings), capture_output=True, text=True
    )
    if done.returncode and any(sign in done.stderr.lower() for sign in UNREACHABLE):
        missing(f"the package index cannot be reached: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr


def plain(**more: str) -> dict[str, str]:
    """This environment without anything that could lead back to the checkout or its venv."""
    leads = ("EDUPLAN_", "PYTHON", "VIRTUAL_ENV", "UV_PROJECT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(leads)}
    return kept | more


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    if not UV.exists():
        missing("uv is not in the venv")
    folder = tmp_path_factory.mktemp("dist")
    run_uv("build", "--wheel", "--out-dir", folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs' folder of a venv that holds the wheel and what it needs, nothing else."""
    venv = tmp_path_factory.mktemp("venv") / "venv"
    run_uv("venv", "--python", sys.executable, venv)
    run_uv("pip", "install", "--python", venv / BIN / "python", wheel)
    return venv / BIN


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """An empty folder to be in, far from the checkout."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def run(installed: Path, folder: Path, *words: str, program: str = "education-plan") -> str:
    done = run_command(*words, environment=plain(), command=[installed / program], cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def serving(installed: Path, folder: Path) -> Iterator[str]:
    """The installed service, in demo mode, on a free port."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start_command(
        plain(),
        folder / "log",
        *("serve", "--port", str(port), "--workers", "1"),
        command=[installed / "education-plan"],
        cwd=folder,
    )
    try:
        await_ready(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def await_ready(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(f"{url}/health/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_the_wheel_carries_content_profiles_and_everything_the_service_reads(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    carried = {
        place.relative_to(ROOT / "service").as_posix()
        for place in (ROOT / "service").rglob("*")
        if place.is_file() and "__pycache__" not in place.parts
    }
    assert {f"service/{name}" for name in carried} <= set(names)
    for bundled in ("content", "fhir_profiles"):
        there = {p.relative_to(ROOT).as_posix() for p in (ROOT / bundled).rglob("*") if p.is_file()}
        assert there
        assert {f"service/_bundled/{name}" for name in there} <= set(names)


def test_the_wheel_carries_no_tests_and_no_data(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"service"}


def test_the_installed_service_is_the_installed_one(installed, elsewhere):
    words = "import service; print(service.__file__)"
    place = Path(run(installed, elsewhere, "-c", words, program="python"))
    assert place.is_relative_to(installed.parent)
    assert "site-packages" in place.parts


def test_the_installed_content_is_good(installed, elsewhere):
    assert "good" in run(installed, elsewhere, "content", "check")


def test_an_installed_service_makes_a_plan_from_an_empty_folder(installed, elsewhere):
    with serving(installed, elsewhere) as url:
        token = run(installed, elsewhere, "token", "--role", "system")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        encounters = f"{url}/api/v1/encounters"
        answer = requests.post(
            encounters, json=a_visit(), headers=headers | {"Accept": JSON}, timeout=30
        )
        assert (answer.status_code, answer.json()["state"]) == (201, "active")
        page = requests.get(
            answer.json()["handouts"][0]["url"].replace("http://127.0.0.1:8080", url),
            headers=headers,
            timeout=30,
        )
        assert page.status_code == 200
        assert "<style>" in page.text
        assert requests.get(f"{url}/static/plain.css", timeout=30).ok
    assert sorted(p.name for p in elsewhere.iterdir()) == ["log", "var"]


def test_a_folder_named_service_where_it_is_started_is_not_taken_for_it(installed, elsewhere):
    (elsewhere / "service").mkdir()
    (elsewhere / "service" / "__init__.py").write_text("raise SystemExit('not the service')")
    with serving(installed, elsewhere) as url:
        assert requests.get(f"{url}/health/live", timeout=30).ok
