"""The committed table of R4 is what the official definitions give today."""

import json
from pathlib import Path

import pytest

from fhir_profiles.build.r4_shapes import TABLE, TABLES, Definitions, render
from tests.corpora.npm import R4_EXAMPLES, fetch


@pytest.fixture(scope="module")
def package() -> Path:
    return fetch(*R4_EXAMPLES)


@pytest.mark.real
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_what_the_official_definitions_give(package, table):
    assert table.read_text(encoding="utf-8") == render(package, TABLES[table])


@pytest.mark.real
def test_only_mime_types_and_currencies_stay_without_a_list_of_codes(package):
    definitions = Definitions(package)
    unlisted = set()
    for name in json.loads(TABLE.read_bytes())["types"]:
        for element in definitions.structure(name)["snapshot"]["element"]:
            binding = element.get("binding", {})
            is_code = [type_["code"] for type_ in element.get("type", ())] == ["code"]
            is_bound = is_code and binding.get("strength") == "required"
            if is_bound and not definitions.codes(binding["valueSet"]):
                unlisted.add(binding["valueSet"].rpartition("/")[2])
    assert unlisted == {"mimetypes|4.0.1", "currencies|4.0.1"}
