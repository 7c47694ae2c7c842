"""The record is told what was taught, and never the pack's text: the version says the words."""

import base64

import orjson
import pytest

from service.domain.content import Audience, Edition
from service.fhir.bundle import to_bundle
from service.packs.files import read_pack
from tests.builders import a_plan
from tests.course import courses
from tests.house.tracked import ROOT

PACK = read_pack(ROOT / "content" / "lumbar-spinal-stenosis")


def sentences(language):
    """Every point and every prompt of the pack, in both wordings and both editions."""
    for topic in PACK.topics:
        told = topic.texts[language]
        yield from told.teach_back
        yield from told.observe
        for point in told.points:
            yield from {point.words(edition) for edition in Edition}


def everything_in(bundle):
    """All text of a Bundle, with what is wrapped inside its attachments."""
    told = orjson.dumps(bundle).decode()
    for entry in bundle["entry"]:
        for content in entry["resource"].get("content", ()):
            told += base64.b64decode(content["attachment"].get("data", "")).decode()
    return told


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("language", ["da", "en"])
def test_no_sentence_of_a_pack_stands_in_what_a_visit_tells(language, edition):
    assert {point.audience for t in PACK.topics for point in t.texts[language].points} == set(
        Audience
    )
    for plan in courses(a_plan(pack=PACK, language=language, edition=edition)):
        told = everything_in(to_bundle(plan, service_url="https://e.example", caller="ehr"))
        assert [text for text in sentences(language) if text in told] == []
