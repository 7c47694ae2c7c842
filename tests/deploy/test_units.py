"""The systemd units: sound, hardened, and not so hard that the service could not work in them."""

import configparser
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from service.cli import main
from service.config.settings import SETTINGS, read_settings
from service.ehr.record import WHOLE_DELIVERY
from service.gunicorn_conf import graceful_timeout
from service.monitoring.heartbeat import EVERY
from tests.commands import COMMAND, ROOT, run_command, start_command
from tests.conftest import missing
from tests.faults.strace import is_there
from tests.live import free_port

FOLDER = ROOT / "deploy" / "systemd"
PROGRAM = "/opt/education-plan/bin/education-plan"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
VAR = "/var/lib/education-plan"


class Unit(configparser.ConfigParser):
    """A unit file; a key that is given more than once has all its values, line by line."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, interpolation=None, dict_type=_Adding)
        self.optionxform = str
        self.read_string((FOLDER / name).read_text())

    def values(self, section: str, key: str) -> list[str]:
        return self.get(section, key, fallback="").splitlines()


class _Adding(dict):
    def __setitem__(self, key, value):
        if isinstance(value, list) and isinstance(self.get(key), list):
            value = self[key] + value
        super().__setitem__(key, value)


def commands(name: str) -> list[list[str]]:
    return [line.split() for line in Unit(name).values("Service", "ExecStart")]


def span(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|min|h)", text).groups()
    return int(number) * {"s": 1, "min": 60, "h": 3600}[unit]


def test_there_is_a_unit_for_everything_that_runs():
    assert SERVICES == [
        "education-plan-backup.service",
        "education-plan-migrate.service",
        "education-plan-worker.service",
        "education-plan.service",
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_is_one_of_ours_with_options_it_has(name):
    assert commands(name)
    for program, command, *words in commands(name):
        assert program == PROGRAM
        found = main.commands[command]
        while words and words[0] in getattr(found, "commands", {}):
            found = found.commands[words.pop(0)]
        found.make_context(command, words)


@pytest.mark.parametrize("name", SERVICES)
def test_it_runs_as_its_own_user_with_nothing_but_its_folder_to_write_to(name):
    service = Unit(name)["Service"]
    assert service["User"] == service["Group"] == "education-plan"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    written = service["ReadWritePaths"].split()
    assert written[0] == VAR == f"/var/lib/{service['StateDirectory']}"
    told = [words[words.index("--into") + 1] for words in commands(name) if "--into" in words]
    assert written[1:] == told
    assert f"EDUPLAN_VAR_DIR={VAR}" in Unit(name).values("Service", "Environment")


def test_who_is_stopped_gets_the_time_that_an_orderly_end_takes():
    web, worker = (Unit(f"education-plan{name}.service")["Service"] for name in ("", "-worker"))
    assert span(web["TimeoutStopSec"]) > graceful_timeout
    assert span(worker["TimeoutStopSec"]) > WHOLE_DELIVERY
    assert span(worker["WatchdogSec"]) > EVERY + WHOLE_DELIVERY


def test_nothing_starts_before_the_schema_is_there():
    for name in ("education-plan.service", "education-plan-worker.service"):
        unit = Unit(name)["Unit"]
        assert unit["Requires"] == "education-plan-migrate.service"
        assert "education-plan-migrate.service" in unit["After"]


def test_the_settings_that_are_handed_over_are_settings(tmp_path):
    lines = (FOLDER / "environment").read_text().splitlines()
    pairs = [line.lstrip("#").partition("=") for line in lines if "=" in line]
    told = {name: value for name, _, value in pairs if name.startswith("EDUPLAN_")}
    known = {f"EDUPLAN_{setting.name}" for setting in SETTINGS}
    assert set(told) <= known
    for name, value in told.items():
        if value.startswith("/"):
            file = tmp_path / Path(value).name
            file.write_text("{}" if file.suffix == ".yaml" else "0123456789abcdef" * 3)
            told[name] = str(file)
    assert not read_settings(told | {"EDUPLAN_VAR_DIR": VAR}).is_demo


def analyze() -> str:
    return shutil.which("systemd-analyze") or missing("there is no systemd-analyze") or ""


@pytest.fixture
def units(tmp_path):
    """The units as they would lie in /etc, with a program that is there."""
    here = tmp_path / "units"
    shutil.copytree(FOLDER, here)
    for path in here.glob("*.service"):
        own = f"{Path(sys.executable).parent}/education-plan"
        path.write_text(path.read_text().replace(PROGRAM, own))
    return here


@pytest.mark.real
def test_systemd_finds_nothing_wrong_in_them(units):
    files = [str(path) for path in sorted(units.iterdir()) if path.suffix in (".service", ".timer")]
    command = [analyze(), "verify", "--man=no", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(units) in line or "education" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


@pytest.mark.real
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_counts_them_among_the_least_exposed(units, name):
    command = [analyze(), "security", "--offline=yes", "--no-pager", "--threshold=20"]
    done = subprocess.run([*command, str(units / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-500:]  # at most 2.0 of 10


def syscalls_of(*groups: str) -> set[str]:
    """What systemd puts into these groups, and into those that they name."""
    found: set[str] = set()
    command = [analyze(), "syscall-filter", "--no-pager", *groups]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    ):
        word = line.strip()
        if line.startswith(" ") and word.startswith("@"):
            found |= syscalls_of(word)
        elif line.startswith(" ") and not word.startswith("#"):
            found.add(word)
    return found


@pytest.mark.real
@pytest.mark.slow
def test_what_the_filter_lets_through_is_all_that_they_call(tmp_path):
    if not is_there():
        missing("there is no strace")
    filters = Unit("education-plan.service").values("Service", "SystemCallFilter")
    assert filters == ["@system-service", "~@privileged @resources"]
    allowed = syscalls_of("@system-service") - syscalls_of("@privileged", "@resources")
    called: set[str] = set()
    environment = os.environ | {"EDUPLAN_VAR_DIR": str(tmp_path / "var"), "HOME": str(tmp_path)}
    port = free_port()
    strace = ["strace", "-f", "-qq", "-c", "-o"]
    serve = start_command(
        environment,
        tmp_path / "serve.log",
        *("serve", "--port", str(port)),
        command=(*strace, str(tmp_path / "serve"), *COMMAND),
    )
    try:
        await_live(f"http://127.0.0.1:{port}")
        for words in (("sample",), ("work", "--until-empty"), ("backup", str(tmp_path / "a.tar"))):
            told = str(tmp_path / words[0])
            under = (*strace, told, *COMMAND)
            done = run_command(*words, environment=environment, command=under)
            assert done.returncode == 0, done.stderr
    finally:
        children = Path(f"/proc/{serve.pid}/task/{serve.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        serve.wait(120)
    for name in ("serve", "sample", "work", "backup"):
        rows = [line.split() for line in (tmp_path / name).read_text().splitlines()]
        # percent, seconds, µs a call, calls, perhaps errors, name
        called |= {row[-1] for row in rows if len(row) >= 5 and row[3].isdigit()} - {"total"}
    assert {"fsync", "accept4", "openat"} <= called
    as_root = {"fchown"}  # SQLite's, when root uses a database: its log gets the file's owner
    assert sorted(called - allowed - as_root) == []


def await_live(url: str) -> None:
    for _ in range(600):
        try:
            if requests.get(f"{url}/health/ready", timeout=10).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("it did not start")


@pytest.mark.slow
def test_the_service_and_the_worker_tell_systemd_that_they_are_ready(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        own = {"EDUPLAN_VAR_DIR": str(tmp_path / "var"), "NOTIFY_SOCKET": str(tmp_path / "notify")}
        for words in (["serve", "--port", str(free_port())], ["work"]):
            process = start_command(os.environ | own, tmp_path / "log", *words)
            try:
                assert systemd.recv(200).startswith(b"READY=1")
            finally:
                process.terminate()
                process.wait(60)
