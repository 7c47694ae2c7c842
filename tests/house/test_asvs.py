"""The table of ASVS has every requirement of levels 1 and 2 once, with what holds it or why not."""

import ast
import importlib.util
import re
from collections import Counter

import pytest

from tests.house.asvs_levels import LEVELS
from tests.house.tracked import ROOT, tracked

FOLDER = ROOT / "docs" / "security"


def _generate():
    spec = importlib.util.spec_from_file_location("asvs_page", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generate()
ROWS = GENERATE.rows()
FILE = re.compile(r"\b(?:docs|deploy|service)/[\w/.-]*\w")


@pytest.fixture(scope="module")
def tests_there_are():
    named = {name.partition("::")[0] for row in ROWS for name in row.tests}
    return {
        f"{path}::{node.name}"
        for path, text in tracked(".py")
        if path in named
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def test_the_numbers_are_those_of_the_standard():
    assert Counter(LEVELS.values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_of_levels_1_and_2_is_there_once():
    counted = Counter(row.requirement for row in ROWS)
    assert {number: many for number, many in counted.items() if many > 1} == {}
    assert {number for number, level in LEVELS.items() if level < 3} - set(counted) == set()
    assert set(counted) - set(LEVELS) == set()


def test_every_level_is_the_standards():
    assert {
        row.requirement: row.level for row in ROWS if row.level != LEVELS[row.requirement]
    } == {}


def test_they_stand_in_their_order():
    numbers = [tuple(map(int, row.requirement.split("."))) for row in ROWS]
    assert numbers == sorted(numbers)


def test_every_test_that_is_named_is_there(tests_there_are):
    named = {name for row in ROWS for name in row.tests}
    assert len(named) > 200
    assert named - tests_there_are == set()


def test_what_is_not_held_by_a_test_says_why():
    assert {row.requirement for row in ROWS if row.state not in GENERATE.STATES} == set()
    assert {row.requirement for row in ROWS if row.state == "test" and not row.tests} == set()
    assert {row.requirement for row in ROWS if not row.tests and not row.why} == set()
    silent = {row.requirement for row in ROWS if row.state in ("operator", "open") and not row.why}
    assert silent == set()
    idle = {
        row.requirement for row in ROWS if row.state in ("not applicable", "open") and row.tests
    }
    assert idle == set(), "what a test holds is not open"


def test_what_is_written_down_or_left_to_operators_says_where():
    where = [row for row in ROWS if row.state in ("document", "operator")]
    assert [row.requirement for row in where if not FILE.search(row.why)] == []


def test_every_file_that_is_named_is_there():
    named = {name for row in ROWS for name in FILE.findall(row.why)}
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_thirty_of_level_3_hold_as_well():
    held = [row for row in ROWS if row.level == 3 and row.state not in ("not applicable", "open")]
    assert len(held) >= 30


def test_the_page_is_current():
    mend = "run `.venv/bin/python docs/security/generate.py`"
    assert (FOLDER / "asvs.md").read_text("utf-8") == GENERATE.page(ROWS), mend


def test_the_counts_of_the_page_are_those_of_the_table():
    """Counted here once more, row by row of the page."""
    page = (FOLDER / "asvs.md").read_text("utf-8")
    told = re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \| [^|]+ \| \**([a-z ]+?)\** \| ", page, re.M)
    assert len(told) == len(ROWS)
    counted = Counter(state for _, level, state in told if level != "3")
    (summed,) = re.findall(r"^\| \*\*all\*\* \|(.*)\|$", page, re.M)
    numbers = [int(cell.strip(" *")) for cell in summed.split("|")]
    assert numbers == [*(counted[state] for state in GENERATE.STATES), 253]
