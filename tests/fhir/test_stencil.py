"""The quick way to a new plan's Bundle gives the very bytes of the slow way."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.content import Edition
from service.domain.plan import continue_plan
from service.fhir.stencil import cut
from service.fhir.writer import BundleWriter
from tests.builders import (
    LUMBAR,
    NOW,
    STENOSIS_ANYWHERE,
    a_condition,
    a_match,
    a_pack,
    a_plan,
    an_encounter,
)

IDS = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True)
TIMES = st.integers(-62_000_000_000, 7_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)

writer = BundleWriter(orjson.dumps, "https://education.example")


@st.composite
def plans(draw):
    code = draw(st.sampled_from([LUMBAR, STENOSIS_ANYWHERE]))
    condition = a_condition(code, reference=draw(st.sampled_from(["", "Condition/" + draw(IDS)])))
    encounter = an_encounter(
        condition,
        reference="Encounter/" + draw(IDS),
        patient="Patient/" + draw(IDS),
        started=draw(st.none() | TIMES),
        practitioner=draw(st.sampled_from(["", "Practitioner/" + draw(IDS)])),
        episode=draw(st.sampled_from(["", "EpisodeOfCare/" + draw(IDS)])),
    )
    return a_plan(
        encounter,
        id=str(draw(st.uuids())),
        tenant=draw(TEXTS.filter(bool)),
        now=draw(TIMES),
        edition=draw(st.sampled_from(Edition)),
        language=draw(st.sampled_from(["da", "en"])),
    )


@settings(max_examples=300)
@given(plans(), TEXTS)
def test_stencil_and_full_writing_give_the_same_bytes(plan, caller):
    assert writer(plan, caller)[0] == writer.in_full(plan, caller)


@settings(max_examples=100)
@given(plans())
def test_the_bytes_are_one_json_object(plan):
    assert orjson.loads(writer(plan, "ehr")[0])["resourceType"] == "Bundle"


def test_a_plan_that_goes_on_is_written_in_full():
    later = NOW + timedelta(days=14)
    visit = an_encounter(reference="Encounter/e2", started=later)
    plan = continue_plan(a_plan(), visit, a_match(), later)
    assert writer(plan, "ehr")[0] == writer.in_full(plan, "ehr")
    assert b"Encounter/e2" in writer(plan, "ehr")[0]


def test_a_caller_whose_name_is_a_mark_does_not_confuse_the_cut():
    plan = a_plan(an_encounter(practitioner=""))
    for name in ("Patient/mark-patient", "1902-03-04", "mark-caller", '"quoted"', "\u2028</div>"):
        assert writer(plan, name)[0] == writer.in_full(plan, name)


def test_content_that_holds_a_mark_is_written_in_full_and_right():
    pack = a_pack(publisher="x", version="1902-03-04")
    plan = a_plan(pack=pack)
    assert cut(plan, service_url="", encode=orjson.dumps) is None
    assert writer(plan, "ehr")[0] == writer.in_full(plan, "ehr")


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_narrative_is_in_the_language_of_the_plan(language):
    bundle = orjson.loads(writer(a_plan(language=language), "ehr")[0])
    assert {entry["resource"]["language"] for entry in bundle["entry"]} == {language}
