"""Those who look for patients' data in the output of servers would find it."""

import os
import re
import sys

import pytest

from service import logs
from tests.canaries import all_below, found_in, in_metrics, lines_with_canaries
from tests.commands import run_command
from tests.conftest import HOOK_SECRET, OTHER_SECRET
from tests.house.tracked import tracked
from tests.posted import FAMILY, GIVEN, SYNTHETIC_CPR


@pytest.mark.parametrize(
    "said",
    [
        f'{{"event":"x","name":"{FAMILY.upper()}"}}',
        f"GET /plans?name={GIVEN.encode()!r}",
        f"Nancypr%C3%B8ve {SYNTHETIC_CPR}",
        "born 1951-01-01",
        "patient 150890-4321 was here",
        "patient 1508904321",
        "Patienten er meget utryg",
        f"Authorization: Bearer {HOOK_SECRET}",
        OTHER_SECRET,
        "token eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwIn0.c2ln",
    ],
)
def test_whatever_tells_of_a_patient_or_opens_a_door_is_found(said):
    assert found_in(said)


@pytest.mark.parametrize(
    "said",
    [
        '{"time":"2026-11-26T10:00:00.123+00:00","ms":12.5,"status":200}',
        '{"plan":"01a21742-d1e3-73e7-8076-3243b6b29c7d"}',
        "[2026-11-26 09:29:01 +0000] [1508904321987] Booting worker",
    ],
)
def test_an_ordinary_line_is_no_canary(said):
    assert found_in(said) == []


def test_a_label_of_a_figure_is_looked_at_and_the_figure_is_not():
    figure = "disk_free_bytes{{clinic={}}} 1508904321"
    assert in_metrics(figure.format('"demo"')) == []
    assert in_metrics(figure.format('"150890-4321"')) == ["150890-4321"]
    assert in_metrics(figure.format(f'"{FAMILY}"')) == [FAMILY.lower()]


def test_every_output_below_a_folder_is_looked_into(tmp_path):
    for number, name in enumerate(("log", "worker.log", "stderr")):
        place = tmp_path / str(number)
        place.mkdir()
        (place / name).write_text(f"good\n{FAMILY}\n")
    assert len(all_below(tmp_path)) == 3
    assert ":2: testesen" in all_below(tmp_path)[0]
    for path in tmp_path.rglob("*"):  # or it would be found at the end of the run
        if path.is_file():
            path.unlink()


def test_a_command_that_says_one_is_caught_unless_it_hands_out():
    for stream in ("stdout", "stderr"):
        program = f"import sys; print({FAMILY!r}, file=sys.{stream})"
        says = {"environment": os.environ, "command": (sys.executable, "-c", program)}
        with pytest.raises(AssertionError, match="backup says what may stand in no output"):
            run_command("backup", **says)
    hands_out = (sys.executable, "-c", f"print({FAMILY!r})")
    assert FAMILY in run_command("token", environment=os.environ, command=hands_out).stdout
    with pytest.raises(AssertionError):
        run_command("token", **says)  # what it complains of hands out nothing


def test_tests_start_our_commands_where_what_they_say_is_looked_into():
    starts = re.compile(r'"-m",\s*"service"')
    tests = {path for path, text in tracked(".py") if starts.search(text) and "tests/" in path}
    assert tests == {"tests/commands.py"}


def test_a_fault_is_logged_without_what_was_sent(capsys):
    logs.configure()
    try:
        raise ValueError(f"{FAMILY} {SYNTHETIC_CPR}")
    except ValueError:
        logs._log.exception("unexpected")
    logs.write("request", {"route": "/x", "name": FAMILY, "patient": SYNTHETIC_CPR})
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    assert [*lines_with_canaries(said)] == []
    sys.stderr.write(said)
