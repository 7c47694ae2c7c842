"""What integrators are told of each interface names the test that proves it, and it is there."""

import re

import pytest

from tests.house.tracked import ROOT, tracked

PAGE = (ROOT / "docs" / "integrator.md").read_text("utf-8")
TABLE = PAGE.partition("| Interface | State |")[2].partition("\n\n")[0]
ROWS = [re.split(r"(?<!\\)\|", line)[1:-1] for line in TABLE.splitlines()[2:]]
STATES = {"supported", "partly", "not supported"}
CITED = re.compile(r"`(tests/[\w/.]*)`")
FILES = [path for path, _ in tracked(".py") if path.startswith("tests/")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_an_interface_says_how_far_it_goes_and_what_proves_it(row):
    _, state, what, tests = (cell.strip() for cell in row)
    assert state in STATES
    cited = CITED.findall(tests)
    assert cited or what == "planned"
    for name in cited:
        texts = [(ROOT / path).read_text("utf-8") for path in FILES if path.startswith(name)]
        assert any("\ndef test_" in text for text in texts), name


def test_everything_of_the_tests_that_a_page_names_is_there():
    named = {name for path, text in tracked(".md") for name in CITED.findall(text)}
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()
