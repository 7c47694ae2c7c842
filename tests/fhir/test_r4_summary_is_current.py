"""What belongs to a summary is what the official definitions say."""

import pytest

from fhir_profiles.build.r4_summary import TABLE, render
from tests.corpora.npm import R4_EXAMPLES, fetch


@pytest.mark.real
def test_the_table_is_what_the_official_definitions_give():
    assert TABLE.read_text(encoding="utf-8") == render(fetch(*R4_EXAMPLES))
