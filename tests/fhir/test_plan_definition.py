"""What a PlanDefinition and its ActivityDefinitions say, to whom, and who vouches for it."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain.codes import SNOMED, Coding
from service.domain.content import Audience, GoalTemplate, PackState
from service.fhir import urls
from service.fhir.knowledge import knowledge
from service.fhir.metadata import STATUS
from service.fhir.topic_request import to_topic_request
from service.fhir.translation import TRANSLATION
from service.packs.files import read_pack
from service.packs.signatures import Approvals, Role, Signature, plain_approvals
from tests.builders import (
    BOTH,
    LUMBAR,
    NECK,
    PAGES,
    STENOSIS_ANYWHERE,
    a_handout,
    a_pack,
    a_plan,
    a_topic,
    text,
)
from tests.house.tracked import ROOT
from tests.packs.builders import a_folder

SERVICE = "https://education.example"
KINDS = ("PlanDefinition", "ActivityDefinition", "Library")
VOUCHING = ("author", "reviewer", "approvalDate", "lastReviewDate", "effectivePeriod")
TEXT, OLD_TEXT = "a" * 64, "b" * 64


@pytest.fixture(scope="module")
def stenosis():
    return read_pack(ROOT / "content" / "lumbar-spinal-stenosis")


def definitions(pack):
    known = knowledge(pack, SERVICE, PAGES.__getitem__)
    return [known[key] for key in known if key.startswith(KINDS)]


def plan_definition(pack):
    return knowledge(pack, SERVICE, PAGES.__getitem__)[f"PlanDefinition/{pack.id}"]


def activity(pack, topic):
    return knowledge(pack, SERVICE, PAGES.__getitem__)[f"ActivityDefinition/{pack.id}-{topic}"]


def in_english(resource, element):
    (translation,) = resource[f"_{element}"]["extension"]
    assert translation["url"] == TRANSLATION
    language, content = translation["extension"]
    assert language == {"url": "lang", "valueCode": "en"}
    return content.get("valueString") or content["valueMarkdown"]


def signed(*signatures, state=PackState.APPROVED):
    approvals = plain_approvals(Approvals(signatures), TEXT, date(2028, 11, 1))
    return a_pack(state=state, extras={"approvals": approvals})


def a_signature(role, day, sha256=TEXT):
    return Signature(role, f"the {role.value}", date(2026, 11, day), sha256)


ALL = (
    a_signature(Role.AUTHOR, 2),
    a_signature(Role.CLINICAL_REVIEWER, 9),
    a_signature(Role.LANGUAGE_REVIEWER, 4),
)


def test_every_topic_of_the_guideline_is_an_action_in_its_order(stenosis):
    plan = plan_definition(stenosis)
    assert [action["id"] for action in plan["action"]] == [f"topic.{t.id}" for t in stenosis.topics]
    assert [action["definitionCanonical"] for action in plan["action"]] == [
        urls.activity_definition(stenosis.id, topic.id, stenosis.version)
        for topic in stenosis.topics
    ]


def test_it_is_the_plan_definition_that_plans_are_instances_of(stenosis):
    definition = plan_definition(stenosis)
    canonical = f"{definition['url']}|{definition['version']}"
    assert canonical == urls.plan_definition(stenosis.id, stenosis.version)
    assert definition["id"] == stenosis.id
    assert definition["name"] == "LumbarSpinalStenosis"


def test_a_catalogue_has_no_trigger_no_condition_and_no_timing(stenosis):
    for action in plan_definition(stenosis)["action"]:
        assert set(action) <= {
            *("id", "title", "_title", "description", "_description"),
            *("textEquivalent", "_textEquivalent", "code", "documentation"),
            *("goalId", "definitionCanonical"),
        }


def test_a_goal_is_offered_and_not_set(stenosis):
    goals = plan_definition(stenosis)["goal"]
    assert len(goals) == len(stenosis.goals)
    for goal in goals:
        assert set(goal) <= {"id", "description", "addresses", "target"}
        assert goal["description"]["coding"][0]["system"] == urls.GOAL


def test_a_goal_has_its_measure_and_no_value_to_reach():
    walk = Coding(SNOMED, "165263003", display="not ours to pass on")
    goal = GoalTemplate("walk", text("Jeg går en tur"), ("work",), BOTH, measure=walk)
    plan = plan_definition(a_pack(goals=(goal,)))
    target = [{"measure": {"coding": [{"system": SNOMED, "code": "165263003"}]}}]
    assert plan["goal"][0]["target"] == target
    assert [action.get("goalId") for action in plan["action"]] == [None, None, ["goal.walk"]]


def test_topics_and_goals_of_one_name_do_not_share_an_id():
    goal = GoalTemplate("work", text("Jeg vil på arbejde"), ("work",), BOTH)
    plan = plan_definition(a_pack(goals=(goal,)))
    ids = [each["id"] for each in (*plan["goal"], *plan["action"], *plan["contained"])]
    assert len(ids) == len(set(ids))


def test_several_actions_never_share_an_activity(stenosis):
    plan = plan_definition(stenosis)
    for name in ("id", "definitionCanonical"):
        each = [action[name] for action in plan["action"]]
        assert len(each) == len(set(each))


def test_it_is_about_the_exact_codes_only():
    plan = plan_definition(a_pack())
    for definition in definitions(a_pack()):
        assert [each["code"]["code"] for each in definition["useContext"]] == ["focus"]
        (focus,) = (each["valueCodeableConcept"] for each in definition["useContext"])
        assert focus["coding"] == [{"system": SNOMED, "code": LUMBAR.code}]
    assert plan["goal"][0]["addresses"] == [
        {"coding": [{"system": LUMBAR.system, "code": LUMBAR.code}]}
    ]


def test_codes_that_are_unsure_or_never_meant_can_be_told_apart():
    plan = plan_definition(a_pack())
    labels = {
        each["label"]: each["resource"]
        for each in plan["relatedArtifact"]
        if each["type"] == "depends-on"
    }
    assert labels == {"exact": "#exact", "possible": "#possible", "never": "#never"}
    sets = {each["id"]: each["compose"]["include"] for each in plan["contained"]}
    for name, code in (("exact", LUMBAR), ("possible", STENOSIS_ANYWHERE), ("never", NECK)):
        ((only,),) = ([include] for include in sets[name])
        assert (only["system"], only["concept"][0]["code"]) == (code.system, code.code)


def test_the_value_sets_hold_every_code_of_the_pack_and_why(stenosis):
    sets = {each["id"]: each for each in plan_definition(stenosis)["contained"]}
    for name in ("exact", "possible", "never"):
        codes = getattr(stenosis.triggers, name)
        found = {
            (include["system"], concept["code"], concept["extension"][0]["valueString"])
            for include in sets[name]["compose"]["include"]
            for concept in include["concept"]
        }
        assert found == {(c.coding.system, c.coding.code, c.why.in_language("da")) for c in codes}


def test_citizens_and_clinicians_have_wordings_of_their_own(stenosis):
    plan = plan_definition(stenosis)
    assert plan["title"] == stenosis.title[Audience.PATIENT].in_language("da")
    assert plan["usage"].startswith(stenosis.title[Audience.PHYSIO].in_language("da"))
    assert in_english(plan, "title") == stenosis.title[Audience.PATIENT].in_language("en")
    knowledge_topic = stenosis.topic("knowledge").texts["da"]
    topic = activity(stenosis, "knowledge")
    assert topic["title"] == knowledge_topic.title[Audience.PATIENT]
    assert topic["code"]["text"] == knowledge_topic.title[Audience.PHYSIO]
    assert topic["usage"].startswith(knowledge_topic.title[Audience.PHYSIO])
    assert knowledge_topic.teach_back[0] in topic["usage"]
    assert knowledge_topic.learning_objectives[0] in topic["purpose"]


def test_a_citizen_reads_the_short_edition_with_its_safety_advice(stenosis):
    said = activity(stenosis, "treatment")["description"]
    advice = [p for p in stenosis.topic("treatment").texts["da"].points if p.always_show]
    assert advice
    assert all(point.words("pixi") in said for point in advice)


def test_all_that_is_said_in_danish_is_said_in_english(stenosis):
    plan = plan_definition(stenosis)
    for element in ("title", "subtitle", "description", "usage"):
        assert in_english(plan, element)
    for action in plan["action"]:
        assert in_english(action, "title")
        assert in_english(action, "textEquivalent")
        assert in_english(action["code"][0], "text")
    for goal in plan["goal"]:
        assert in_english(goal["description"], "text")
    for topic in stenosis.topics:
        assert in_english(activity(stenosis, topic.id), "usage")


def test_a_topic_without_a_title_for_patients_has_the_clinicians(tmp_path):
    knee = read_pack(a_folder(tmp_path))
    assert activity(knee, "mood")["title"] == "Humør"
    assert "description" not in activity(knee, "mood")
    assert activity(knee, "moving")["title"] == "Rør dig"


def test_an_activity_makes_the_request_that_plans_write(stenosis):
    plan = a_plan(pack=stenosis)
    for planned in plan.topics:
        request = to_topic_request(plan, planned)
        definition = activity(stenosis, planned.id)
        assert [f"{definition['url']}|{definition['version']}"] == request["instantiatesCanonical"]
        assert definition["kind"] == "ServiceRequest"
        assert definition["intent"] == "proposal"
        assert definition["code"]["coding"] == request["code"]["coding"]
        assert definition["code"]["text"] == request["code"]["text"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (PackState.DRAFT, "draft"),
        (PackState.IN_REVIEW, "draft"),
        (PackState.APPROVED, "active"),
        (PackState.REVIEW_DUE, "active"),
        (PackState.EXPIRED, "retired"),
        (PackState.WITHDRAWN, "retired"),
    ],
)
def test_a_definition_is_as_far_as_its_pack(state, status):
    for definition in definitions(a_pack(state=state)):
        assert definition["status"] == status
        assert definition["experimental"] is False


def test_every_state_of_a_pack_has_a_status():
    assert set(STATUS) == set(PackState)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PackState.DRAFT, "Kladde"),
        (PackState.IN_REVIEW, "Kladde"),
        (PackState.EXPIRED, "Udløbet"),
        (PackState.WITHDRAWN, "Trukket tilbage"),
    ],
)
def test_what_may_not_be_used_says_so(state, said):
    for definition in definitions(a_pack(state=state)):
        assert said in definition["text"]["div"]


def test_what_is_approved_is_not_called_a_draft():
    for definition in definitions(a_pack(state=PackState.APPROVED)):
        assert "Kladde" not in definition["text"]["div"]


def test_nobody_vouches_for_a_pack_that_nobody_has_signed(stenosis):
    unsigned = replace(stenosis, extras={**stenosis.extras, "approvals": {"signatures": []}})
    for definition in (*definitions(unsigned), *definitions(a_pack())):
        assert not set(VOUCHING) & set(definition)


def test_those_who_signed_are_named_with_their_days():
    for definition in definitions(signed(*ALL)):
        assert definition["author"] == [{"name": "the author"}]
        assert definition["reviewer"] == [
            {"name": "the clinical-reviewer"},
            {"name": "the language-reviewer"},
        ]
        assert definition["approvalDate"] == definition["lastReviewDate"] == "2026-11-09"
        assert definition["effectivePeriod"] == {"start": "2026-11-09", "end": "2028-11-01"}


def test_an_approval_after_the_day_of_review_is_no_period_that_ends_before_it_starts():
    late = replace(ALL[1], date=date(2028, 12, 1))
    for definition in definitions(signed(ALL[0], late, ALL[2], state=PackState.EXPIRED)):
        assert definition["approvalDate"] == "2028-12-01"
        assert "effectivePeriod" not in definition


def test_some_signatures_name_their_signers_and_are_no_approval():
    for definition in definitions(signed(ALL[0], state=PackState.IN_REVIEW)):
        assert definition["author"] == [{"name": "the author"}]
        assert set(VOUCHING) & set(definition) == {"author"}


def test_a_signature_over_an_older_text_vouches_for_nothing():
    stale = a_signature(Role.CLINICAL_REVIEWER, 9, OLD_TEXT)
    for definition in definitions(signed(stale, state=PackState.IN_REVIEW)):
        assert not set(VOUCHING) & set(definition)


def test_a_pack_without_goals_handouts_or_sure_codes_leaves_them_out():
    bare = a_pack(goals=(), handouts=(), triggers=replace(a_pack().triggers, exact=()))
    plan = plan_definition(bare)
    assert not {"goal", "useContext"} & set(plan)
    assert [each["id"] for each in plan["contained"]] == ["possible", "never"]
    assert all("documentation" not in action for action in plan["action"])


def test_the_words_of_a_goal_are_the_patients_own_voice():
    pack = a_pack(topics=(a_topic("work"),), handouts=(a_handout("work", "work"),))
    assert plan_definition(pack)["goal"][0]["description"]["text"] == "Jeg går en tur"
