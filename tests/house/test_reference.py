"""The generated pages are what the code says today, and leave nothing out."""

import ast
import importlib.util
import json
import re

import pytest

from service import logs
from service.config.settings import SETTINGS
from service.web.errors import ERRORS
from tests.house.tracked import ROOT, tracked

FOLDER = ROOT / "docs" / "reference"
LOG_CALL = re.compile(r"log\.|logs\.write|self\.tell")
EVENT = re.compile(r"[a-z]+(?:[.-][a-z]+)*")


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["settings.md", "errors.md", "routes.md", "log-events.md"])
def test_a_page_is_current(generate, name):
    mend = "run `.venv/bin/python docs/reference/generate.py`"
    assert written(name) == generate.pages()[name], mend


def test_every_setting_is_there():
    assert [s.name for s in SETTINGS if f"`EDUPLAN_{s.name}`" not in written("settings.md")] == []


def test_every_error_is_there():
    assert [code for code in ERRORS if f"| `{code}` |" not in written("errors.md")] == []


def test_every_route_is_there(web):
    rules = {rule.rule for rule in web.client.application.url_map.iter_rules()}
    shown = {rule: rule.replace("<", "{").replace(">", "}") for rule in rules}
    assert [rule for rule, path in shown.items() if f" {path}` |" not in written("routes.md")] == []


def test_every_log_event_is_there():
    said = {
        constant.value
        for path, text in tracked(".py")
        if path.startswith("service/")
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and LOG_CALL.match(ast.unparse(call.func))
        for argument in call.args
        for constant in (argument, *ast.iter_child_nodes(argument))
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    assert said
    assert [event for event in said if not EVENT.fullmatch(event)] == [], "an event is a name"
    assert [event for event in said if f"| `{event}` |" not in written("log-events.md")] == []


def test_a_line_of_the_log_has_only_the_listed_fields(web, capsys):
    logs.configure()
    for path in ("/health/live", "/nowhere", "/api/v1/plans?patient=p1", "/api/v1/plans/x"):
        web.get(path)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 4
    assert {name for line in lines for name in line} <= {"time", "level", "event", *logs.FIELDS}


def test_every_log_field_is_there():
    assert [name for name in logs.FIELDS if f"| `{name}` |" not in written("log-events.md")] == []


def test_no_page_is_without_its_link_in_the_table_of_docs():
    table = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [path for path, _ in tracked(".md") if path.startswith("docs/")]
    assert pages
    assert [p for p in pages if f"({p.removeprefix('docs/')})" not in table] == ["docs/README.md"]


def test_every_link_in_the_docs_leads_somewhere():
    broken = [
        f"{path}: {target}"
        for path, text in tracked(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", text)
        if "://" not in target and not (ROOT / path).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_decision_says_why_what_and_what_follows():
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {path.name[:4]} "), path.name
        places = [text.find(f"\n## {part}\n") for part in ("Context", "Decision", "Consequences")]
        assert -1 not in places, path.name
        assert places == sorted(places), path.name
        assert len(text) < 4000, f"{path.name} is longer than a page"
