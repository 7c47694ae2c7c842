"""`education-plan demo` plays the whole story, and leaves nothing behind."""

import os
import re
import time

import pytest

from service.demo import STEPS
from tests.commands import ROOT, run_command

MAX_SECONDS = 120


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The demo, played in an empty folder: how it ended, how long it took, what is left."""
    here, scratch = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("scratch")
    # PYTHONPATH: these sources, whatever is installed. TMPDIR: to see what stays there.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    began = time.monotonic()
    done = run_command("demo", environment=environment, cwd=here, timeout=MAX_SECONDS * 2)
    return done, time.monotonic() - began, [*here.iterdir(), *scratch.iterdir()]


def test_the_demo_ends_well_within_two_minutes(played):
    done, seconds, _ = played
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert seconds < MAX_SECONDS


def test_the_demo_prints_every_step_with_what_came_of_it(played):
    said = played[0].stdout
    for number, step in enumerate(STEPS, 1):
        told = re.search(rf"^{number}\. {re.escape(step.__doc__)}\n +\S", said, re.MULTILINE)
        assert told, f"step {number} is not told:\n{said}"


def test_the_demo_leaves_nothing_behind(played):
    assert played[2] == []
