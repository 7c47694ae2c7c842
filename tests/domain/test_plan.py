"""The plan and its lawful changes, as a physiotherapist would judge them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content import Audience, Edition
from service.domain.plan import (
    PlannedTopic,
    PlanState,
    carry_forward,
    confirm_plan,
    continue_plan,
)
from service.domain.teaching import TopicState
from tests.builders import (
    NOW,
    STENOSIS_ANYWHERE,
    a_condition,
    a_match,
    a_pack,
    a_plan,
    a_topic,
    an_encounter,
)

PERHAPS = an_encounter(a_condition(STENOSIS_ANYWHERE))
LATER = NOW + timedelta(days=14)
NEXT = an_encounter(reference="Encounter/e2", started=LATER)


def test_an_exact_match_makes_an_active_plan():
    assert a_plan().state is PlanState.ACTIVE


def test_a_possible_match_makes_a_proposal_that_waits_for_a_clinician():
    assert a_plan(PERHAPS).state is PlanState.PROPOSED


def test_a_plan_pins_the_version_and_hash_of_its_content():
    plan = a_plan(pack=a_pack(version="2.1.0", sha256="ef" * 32))
    assert (plan.pack.version, plan.pack.sha256) == ("2.1.0", "ef" * 32)


def test_nothing_is_taught_and_no_goal_is_agreed_when_a_plan_is_made():
    plan = a_plan()
    assert {topic.state for topic in plan.topics} == {TopicState.OPEN}
    assert [goal.text for goal in plan.goals] == ["Jeg går en tur"]


def test_the_next_visit_continues_the_course():
    plan = continue_plan(a_plan(), NEXT, a_match(), LATER)
    assert [visit.encounter for visit in plan.visits] == ["Encounter/e1", "Encounter/e2"]
    assert plan.revision == 2


def test_the_first_episode_of_care_that_a_visit_names_stays_the_plans():
    plan = a_plan()
    for name, episode in (("e2", "EpisodeOfCare/ep1"), ("e3", "EpisodeOfCare/other"), ("e4", "")):
        visit = an_encounter(reference=f"Encounter/{name}", episode=episode)
        plan = continue_plan(plan, visit, a_match(), NOW)
        assert plan.episode == "EpisodeOfCare/ep1"


def test_the_same_visit_again_changes_nothing():
    plan = a_plan()
    assert continue_plan(plan, an_encounter(), a_match(), LATER) is plan


def test_a_newer_pack_does_not_change_a_plan_that_goes_on():
    newer = a_pack(version="9.0.0")
    plan = continue_plan(a_plan(), NEXT, a_match(NEXT, newer), LATER)
    assert plan.pack.version == "1.0.0"


def test_not_understood_topics_come_first_then_open_then_done():
    topics = [
        PlannedTopic("a", "A", "a", (), state=TopicState.DONE),
        PlannedTopic("b", "B", "b", (), state=TopicState.OPEN),
        PlannedTopic("c", "C", "c", (), state=TopicState.REPEAT),
        PlannedTopic("d", "D", "d", (), state=TopicState.OPEN),
    ]
    assert [topic.id for topic in carry_forward(topics)] == ["c", "b", "d", "a"]


@given(st.lists(st.sampled_from(TopicState), max_size=12))
def test_carrying_forward_loses_no_topic_and_keeps_the_guideline_order_within_a_state(states):
    topics = [PlannedTopic(str(i), "", "", (), state=s) for i, s in enumerate(states)]
    carried = carry_forward(topics)
    assert sorted(carried, key=lambda t: int(t.id)) == topics
    for state in TopicState:
        ids = [int(t.id) for t in carried if t.state is state]
        assert ids == sorted(ids)
    assert carry_forward(carried) == carried


def test_a_clinician_confirms_a_proposal_and_stands_as_its_author():
    plan = confirm_plan(a_plan(PERHAPS), "Practitioner/fys2", LATER)
    assert (plan.state, plan.author, plan.revision) == (PlanState.ACTIVE, "Practitioner/fys2", 2)


def test_confirming_twice_changes_nothing():
    once = confirm_plan(a_plan(PERHAPS), "Practitioner/fys2", LATER)
    assert confirm_plan(once, "Practitioner/fys3", LATER) is once


def test_a_proposal_becomes_active_when_the_record_says_lumbar_at_the_next_visit():
    plan = continue_plan(a_plan(PERHAPS), NEXT, a_match(NEXT), LATER)
    assert plan.state is PlanState.ACTIVE
    assert plan.reason.coding.code == "18347007"


def test_a_proposal_stays_a_proposal_when_the_next_visit_is_as_vague():
    vague = replace(PERHAPS, reference="Encounter/e2")
    assert continue_plan(a_plan(PERHAPS), vague, a_match(vague), LATER).state is PlanState.PROPOSED


@pytest.mark.parametrize("edition", list(Edition))
def test_both_editions_hold_all_topics(edition):
    assert [t.id for t in a_plan(edition=edition).topics] == ["knowledge", "prognosis", "work"]


def test_a_topic_without_a_title_for_patients_goes_by_the_physiotherapists():
    topic = a_topic("mood")
    only = replace(topic.texts["da"], title={Audience.PHYSIO: "Humør"})
    pack = a_pack(topics=(replace(topic, texts={"da": only}),), goals=(), handouts=())
    assert [t.patient_title for t in a_plan(pack=pack).topics] == ["Humør"]
