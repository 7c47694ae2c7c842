"""The record that the tests write to is strict, and leaves nothing running behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.hapi.build import command
from tests.hapi.server import by_hand
from tests.posted import a_patient

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_what_is_said_by_hand_takes_the_place_of_what_is_usual():
    """Spring reads an option that is given twice as a list, and does not start."""
    assert by_hand(["--server.port=9000", "--ehr.package="]) == [
        "--server.port=9000",
        "--ehr.package=",
    ]
    assert by_hand(["--ehr.package="]) == ["--server.port=8090", "--ehr.package="]


def test_an_element_that_r4_does_not_have_is_refused(record):
    answer = record("PUT", "Patient/p1", json=a_patient(shoeSize="42"))
    assert answer.status_code == 400
    assert "shoeSize" in answer.text


def test_a_profile_that_the_record_does_not_know_is_never_taken_for_met(record):
    assert record.complaints(a_patient(), "https://example.org/StructureDefinition/unheard-of")


def test_an_extension_that_nobody_defined_is_refused(record):
    unheard_of = {"url": "https://example.org/StructureDefinition/unheard-of", "valueString": "x"}
    assert record.complaints(a_patient(extension=[unheard_of]), "")


def test_a_reference_into_the_void_is_refused(record):
    lost = {"resourceType": "Goal", "subject": {"reference": "Patient/of-nobody"}}
    more = {"lifecycleStatus": "proposed", "description": {"text": "walk"}}
    answer = record("POST", "Goal", json=lost | more)
    assert answer.status_code == 400
    assert "Patient/of-nobody" in answer.text


@pytest.mark.parametrize("seconds", [0, 3], ids=["at once", "while it starts"])
def test_the_record_ends_when_the_test_run_is_killed(hapi, seconds, tmp_path):
    """The run that is killed is a python of its own, so that this one goes on."""
    words = [sys.executable, "-c", A_RUN, *command(), "--server.port=0"]
    env = os.environ | {"JDK_JAVA_OPTIONS": f"-Djava.io.tmpdir={tmp_path}"}
    run = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)
    record = int(run.stdout.readline())
    time.sleep(seconds)
    run.kill()
    try:
        run.communicate(timeout=30)  # returns when the last one that holds the pipe has ended
    except subprocess.TimeoutExpired:
        os.kill(record, signal.SIGKILL)
        pytest.fail("the record outlives the run that started it")


A_RUN = """
import os, subprocess, sys
record = subprocess.Popen([*sys.argv[1:], f"--ehr.parent={os.getpid()}"])
print(record.pid, flush=True)
record.wait()
"""
