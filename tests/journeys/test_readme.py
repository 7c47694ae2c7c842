"""The calls of README.md work as they are written, and answer what is written under them."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase

import pytest

from tests.conftest import missing
from tests.live import ROOT, live_service

CALL = re.compile(r"```sh\n(?P<sh>[^`]*?\bcurl\b.*?)```\n```json\n(?P<json>.*?)```", re.DOTALL)
CALLS = [
    (found["sh"], json.loads(found["json"]))
    for found in CALL.finditer((ROOT / "README.md").read_text("utf-8"))
]
STATUS = re.compile(r"# ([1-5][0-9]{2}): ")
MORE = "…"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Status and body of every call, made in the order of the page on an empty service."""
    for command in ("curl", "bash"):
        if shutil.which(command) is None:
            missing(f"{command} is not installed")
    if not (ROOT / ".venv" / "bin" / "education-plan").exists():
        missing("README.md names .venv/bin/education-plan, which is not there")
    var = tmp_path_factory.mktemp("readme") / "var"
    with live_service(var) as live:
        # The status comes from curl's own settings file, so that the calls stay as they are.
        (var / ".curlrc").write_text('write-out = "\\n%{http_code}"\n')
        environment = os.environ | live.environment | {"CURL_HOME": str(var)}
        return [call(sh, live.url, environment) for sh, _ in CALLS]


def call(sh, url, environment):
    """Run the block as it stands, but on the port of this test."""
    done = subprocess.run(
        ["bash", "-c", sh.replace("http://127.0.0.1:8080", url)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def agrees(shown, real) -> bool:
    """True when what is shown is a part of what came; `…` stands for anything, or for more."""
    if isinstance(shown, dict):
        return all(name in real and agrees(shown[name], real[name]) for name in shown)
    if isinstance(shown, list):
        items = shown[:-1] if shown[-1:] == [MORE] else shown
        enough = len(real) > len(items) if shown[-1:] == [MORE] else len(real) == len(items)
        return enough and all(map(agrees, items, real))
    if isinstance(shown, str):
        return isinstance(real, str) and fnmatchcase(real, shown.replace(MORE, "*"))
    return shown == real


def test_there_are_five_calls_and_each_tells_its_status():
    assert len(CALLS) == 5
    assert all(len(STATUS.findall(sh)) == 1 for sh, _ in CALLS)


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_call_answers_as_told(answers, number):
    (sh, shown), (status, real) = CALLS[number], answers[number]
    assert str(status) == STATUS.search(sh)[1], real
    assert agrees(shown, real), real


@pytest.mark.parametrize(
    ("shown", "real"),
    [({"a": 1}, {"a": 2}), ({"a": 1}, {}), ([1, MORE], [1]), ([1], [1, 2]), ("x…", "yx")],
)
def test_what_differs_does_not_agree(shown, real):
    assert not agrees(shown, real)
