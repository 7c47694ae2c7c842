"""Every requirement of SMART on a client names the test that holds it, and it is there."""

import re

import pytest

from tests.house.tracked import ROOT

PAGE = (ROOT / "docs" / "reference" / "smart.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in PAGE.partition("| Part |")[2].partition("\n\n")[0].splitlines()[2:]
]
CITED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_a_requirement_names_a_test_that_is_there(row):
    _, requirement, cited = row
    found = CITED.fullmatch(cited)
    assert requirement
    assert found, cited
    path, name = found.groups()
    assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8")


def test_the_table_is_read():
    assert len(ROWS) > 30
