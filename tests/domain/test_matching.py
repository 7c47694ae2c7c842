"""Which pack an encounter calls for, how surely, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.codes import Coding
from service.domain.content import TriggerCode, Triggers
from service.domain.matching import Confidence, index_rules, match
from tests.builders import (
    HYPERTENSION,
    LUMBAR,
    NECK,
    STENOSIS_ANYWHERE,
    a_condition,
    a_pack,
    an_encounter,
    text,
)

RULES = index_rules([a_pack()], {})


def found(*conditions, rules=RULES, pack=""):
    return match(an_encounter(*conditions), rules, pack)


def test_a_code_that_says_lumbar_matches_exactly_and_tells_why():
    hit = found(a_condition(LUMBAR))
    assert hit.confidence is Confidence.EXACT
    assert hit.coding == LUMBAR
    assert hit.why.in_language("da") == "Koden siger lænden."


def test_a_code_that_does_not_name_the_level_is_only_possible():
    assert found(a_condition(STENOSIS_ANYWHERE)).confidence is Confidence.POSSIBLE


def test_a_neck_code_never_gets_low_back_education():
    assert found(a_condition(NECK)) is None


def test_a_neck_code_beside_the_shared_icd10_code_keeps_the_pack_away():
    assert found(a_condition(STENOSIS_ANYWHERE, NECK)) is None


def test_a_neck_condition_does_not_silence_another_lumbar_condition():
    assert found(a_condition(NECK), a_condition(LUMBAR)).confidence is Confidence.EXACT


def test_an_unrelated_condition_matches_nothing():
    assert found(a_condition(HYPERTENSION)) is None


def test_exact_goes_before_possible_whatever_the_order():
    conditions = (a_condition(STENOSIS_ANYWHERE), a_condition(LUMBAR, reference="Condition/c2"))
    assert found(*conditions).condition.reference == "Condition/c2"


def test_the_exact_coding_of_a_condition_goes_before_its_possible_one():
    assert found(a_condition(STENOSIS_ANYWHERE, LUMBAR)).coding == LUMBAR


def test_several_packs_are_told_and_the_first_condition_decides():
    knee = Coding("http://snomed.info/sct", "239873007")
    other = a_pack("knee", triggers=Triggers(exact=(_trigger(knee),)))
    rules = index_rules([a_pack(), other], {})
    hit = found(a_condition(knee), a_condition(LUMBAR), rules=rules)
    assert (hit.pack.id, hit.also) == ("knee", ("lumbar-spinal-stenosis",))


def test_a_pack_can_be_asked_for_by_name():
    knee = Coding("http://snomed.info/sct", "239873007")
    other = a_pack("knee", triggers=Triggers(exact=(_trigger(knee),)))
    rules = index_rules([a_pack(), other], {})
    conditions = (a_condition(knee), a_condition(LUMBAR))
    assert found(*conditions, rules=rules, pack="lumbar-spinal-stenosis").coding == LUMBAR


def test_a_clinic_may_call_a_possible_or_own_code_exact():
    own = Coding("https://clinic.example/codes", "LSS")
    codes = {"lumbar-spinal-stenosis": [own, STENOSIS_ANYWHERE]}
    rules = index_rules([a_pack()], codes)
    assert found(a_condition(own), rules=rules).confidence is Confidence.EXACT
    assert found(a_condition(STENOSIS_ANYWHERE), rules=rules).confidence is Confidence.EXACT


@pytest.mark.parametrize("noise", range(1, 4))
def test_other_codings_of_the_condition_do_not_disturb(noise):
    codings = [HYPERTENSION] * noise + [LUMBAR]
    assert found(a_condition(*codings)).confidence is Confidence.EXACT


@given(st.permutations([LUMBAR, STENOSIS_ANYWHERE, HYPERTENSION, NECK]))
def test_never_wins_in_whatever_order_a_condition_lists_its_codings(codings):
    assert found(a_condition(*codings)) is None


@given(st.permutations([LUMBAR, STENOSIS_ANYWHERE, HYPERTENSION]))
def test_the_answer_does_not_depend_on_the_order_of_codings(codings):
    hit = found(a_condition(*codings))
    assert (hit.confidence, hit.coding) == (Confidence.EXACT, LUMBAR)


def _trigger(coding):
    return TriggerCode(coding, text("Prøve"))
