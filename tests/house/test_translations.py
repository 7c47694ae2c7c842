"""The pages speak Danish throughout."""

import runpy

import pytest

from tests.house.tracked import ROOT

TOOL = runpy.run_path(str(ROOT / "deploy" / "translate.py"))


@pytest.fixture(scope="module")
def catalogue():
    return TOOL["updated"]()


def test_every_sentence_of_the_pages_has_its_danish(catalogue):
    assert TOOL["lacking"](catalogue) == []


def test_a_translation_fills_in_what_its_sentence_does(catalogue):
    wrong = [error for message in catalogue for error in message.check(catalogue)]
    assert wrong == []


def test_the_files_are_what_the_tool_writes(catalogue):
    assert TOOL["PO"].read_bytes() == TOOL["written"](catalogue)
    assert TOOL["MO"].read_bytes() == TOOL["compiled"](TOOL["known"]())
