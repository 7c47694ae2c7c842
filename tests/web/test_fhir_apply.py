"""$apply and $propose: proposals that are stored nowhere, and the faults of others."""

import re

import orjson
import pytest

from service.domain.content import Edition, GoalTemplate
from service.fhir import r4
from tests.builders import BOTH, a_handout, a_pack, a_topic, text
from tests.conftest import FHIR
from tests.posted import ICD10, LUMBAR, a_visit, coding
from tests.web.test_teachings import TAUGHT

BASE = "https://w3id.org/education-plan/fhir"
PACK = "lumbar-spinal-stenosis"
APPLY = f"PlanDefinition/{PACK}/$apply?subject=Patient/p1"


def group(careplan):
    return next(each for each in careplan["contained"] if each["resourceType"] == "RequestGroup")


def contained(careplan, kind):
    return [each for each in careplan["contained"] if each["resourceType"] == kind]


def every(value, key):
    """Every value of this key, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key and isinstance(inner, str):
                yield inner
            yield from every(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, key)


def post(facade, path, content, role="system"):
    headers = facade.web.headers(role, patient="p1" if role == "patient" else "")
    return facade.web.client.post(
        f"/fhir/{path}", data=orjson.dumps(content), headers=headers | {"Content-Type": FHIR}
    )


def asked(**given):
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, "valueString": value} for name, value in given.items()],
    }


def test_it_gives_one_careplan_whose_single_activity_is_a_group_of_requests(facade):
    careplan = facade.json(APPLY)
    assert careplan["activity"] == [{"reference": {"reference": "#request-group"}}]
    assert (careplan["status"], careplan["intent"]) == ("draft", "proposal")
    assert careplan["subject"] == group(careplan)["subject"] == {"reference": "Patient/p1"}
    r4.parse(careplan)


def test_nothing_of_it_is_stored(facade):
    before = facade.web.stored
    facade.json(APPLY)
    facade.json(f"ActivityDefinition/{PACK}-work/$apply?subject=p1")
    post(facade, "$propose", a_visit("p9", "e9"))
    assert facade.web.stored == before


def test_every_contained_reference_has_its_number_sign_and_leads_to_something(facade):
    careplan = facade.json(APPLY)
    ids = {f"#{each['id']}" for each in careplan["contained"]}
    local = [r for r in every(careplan, "reference") if r.startswith("#")]
    assert set(local) == ids  # each is there, and each is named
    assert not any(r.startswith("urn:") for r in every(careplan, "reference"))


def test_nothing_contained_contains_or_tells_a_story(facade):
    for inner in facade.json(APPLY)["contained"]:
        assert not {"contained", "text", "identifier"} & inner.keys()


def test_goals_are_not_dropped(facade):
    careplan = facade.json(APPLY)
    goals = contained(careplan, "Goal")
    assert [g["lifecycleStatus"] for g in goals] == ["proposed"]
    assert careplan["goal"] == [{"reference": "#goal-walk"}]


def test_what_is_proposed_is_dated_today(facade):
    careplan = facade.json(APPLY)
    assert careplan["created"] == "2026-11-23T09:00:00Z"
    assert {goal["statusDate"] for goal in contained(careplan, "Goal")} == {"2026-11-23"}
    request = facade.json(f"ActivityDefinition/{PACK}-knowledge/$apply?subject=p1")
    assert {goal["statusDate"] for goal in contained(request, "Goal")} == {"2026-11-23"}


def test_several_topics_of_one_snomed_code_all_appear_and_none_twice(facade):
    """Others drop actions that share a definition, or repeat those of nested groups."""
    actions = group(facade.json(APPLY))["action"]
    assert [action["id"] for action in actions] == ["knowledge", "prognosis", "work"]
    resources = [action["resource"]["reference"] for action in actions]
    assert len(set(resources)) == len(resources) == 3


def test_no_diagnosis_is_made_up_where_none_was_told(facade):
    careplan = facade.json(APPLY)
    assert "addresses" not in careplan
    assert not {"reasonCode", "reasonReference"} & set(every(careplan, "code"))
    assert "18347007" not in orjson.dumps(careplan).decode()


def test_applying_again_offers_to_replace_the_open_plan(facade):
    assert facade.json(APPLY)["replaces"] == [{"reference": f"CarePlan/{facade.plan}"}]
    assert "replaces" not in facade.json(APPLY.replace("p1", "somebody-new"))


def test_what_the_edition_leaves_out_is_named(make_web):
    goals = (
        GoalTemplate("walk", text("Jeg går en tur"), ("knowledge",), BOTH),
        GoalTemplate("swim", text("Jeg svømmer"), ("knowledge",), frozenset({Edition.FULL})),
    )
    web = make_web(a_pack(goals=goals))
    path = f"/fhir/PlanDefinition/{PACK}/$apply?subject=p1&edition=pixi"
    careplan = web.get(path, accept=FHIR).json
    (outcome,) = contained(careplan, "OperationOutcome")
    assert outcome["issue"][0]["details"]["text"] == "goal swim: not in the pixi edition"
    assert {"reference": "#messages"} in [e.get("valueReference") for e in careplan["extension"]]
    r4.parse(careplan)


def test_the_user_decides_whose_words_and_in_which_language(facade):
    for_patient = facade.json(f"{APPLY}&userType=patient&userLanguage=en-GB")
    assert group(for_patient)["action"][0]["title"] == "Om knowledge"
    assert for_patient["language"] == "en"
    for_physio = facade.json(f"{APPLY}&userType=provider")
    assert group(for_physio)["action"][0]["title"] == "Knowledge"


def test_who_and_where_are_taken_over(facade):
    told = "encounter=Encounter/e7&practitioner=Practitioner/fys1&organization=Organization/o1"
    careplan = facade.json(f"{APPLY}&{told}")
    assert careplan["encounter"] == {"reference": "Encounter/e7"}
    assert careplan["author"] == {"reference": "Practitioner/fys1"}
    assert careplan["contributor"] == [{"reference": "Organization/o1"}]
    assert group(careplan)["encounter"] == careplan["encounter"]
    r4.parse(careplan)


@pytest.mark.parametrize("version", ["", "|1.0.0"])
def test_a_definition_is_named_by_its_canonical_too(facade, version):
    url = f"{BASE}/PlanDefinition/{PACK}{version}"
    whole = facade.json(f"PlanDefinition/$apply?subject=p1&planDefinition={url}")
    assert whole == facade.json(APPLY)


def test_it_can_be_posted_as_parameters(facade):
    posted = post(facade, f"PlanDefinition/{PACK}/$apply", asked(subject="Patient/p1"))
    assert posted.json == facade.json(APPLY)
    typed = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "subject", "valueReference": {"reference": "Patient/p1"}},
            {"name": "planDefinition", "valueCanonical": f"{BASE}/PlanDefinition/{PACK}|1.0.0"},
            {"name": "edition", "valueCode": "pixi"},
            {"name": "userType", "valueCodeableConcept": {"coding": [{"code": "patient"}]}},
        ],
    }
    careplan = post(facade, "PlanDefinition/$apply", typed).json
    assert careplan["extension"][0]["valueCode"] == "pixi"


def test_one_activity_gives_its_request_with_the_goals_it_pertains_to(facade):
    request = facade.json(f"ActivityDefinition/{PACK}-knowledge/$apply?subject=p1")
    assert (request["resourceType"], request["intent"]) == ("ServiceRequest", "proposal")
    assert [each["id"] for each in request["contained"]] == ["goal-walk"]
    assert {r for r in every(request, "reference") if r[0] == "#"} == {"#goal-walk"}
    r4.parse(request)


@pytest.mark.parametrize(
    ("path", "status", "place"),
    [
        (f"PlanDefinition/{PACK}/$apply", 422, "http.subject"),
        ("PlanDefinition/none/$apply?subject=p1", 404, "http.id"),
        ("CarePlan/x/$apply?subject=p1", 404, "http.type"),
        (f"ActivityDefinition/{PACK}-none/$apply?subject=p1", 404, "http.id"),
        (f"PlanDefinition/{PACK}/$apply?subject=Group/g1", 422, "http.subject"),
        (f"PlanDefinition/{PACK}/$apply?subject=a%20b", 422, "http.subject"),
        (f"PlanDefinition/{PACK}/$apply?subject=p1&encounter=Patient/p1", 422, "http.encounter"),
        (f"{APPLY}&edition=short", 422, "http.edition"),
        (f"{APPLY}&userLanguage=fr", 422, "http.userLanguage"),
        (f"{APPLY}&subject=p2", 422, "http.subject"),
        (f"{APPLY}&patient=p2", 422, "http"),
        ("PlanDefinition/$apply?subject=p1", 422, "http.planDefinition"),
        ("PlanDefinition/$apply?subject=p1&planDefinition=a%20b", 422, "http.planDefinition"),
        (f"PlanDefinition/$apply?subject=p1&planDefinition={BASE}/x|1", 404, "http.planDefinition"),
        (
            f"PlanDefinition/$apply?subject=p1&planDefinition={BASE}/PlanDefinition/{PACK}|9",
            404,
            "http.planDefinition",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(facade, path, status, place):
    found = facade.refused(path)
    assert (found[0], found[2]) == (status, place)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"resourceType": "Patient"}, "Parameters.resourceType"),
        ({"resourceType": "Parameters", "parameter": {}}, "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": [1]}, "Parameters.parameter[0]"),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "subject", "valueInteger": 1}]},
            "Parameters.parameter[0]",
        ),
        (asked(subject="p1", unheard="x"), "Parameters.parameter[1]"),
        ({"resourceType": "Parameters"}, "http.subject"),
    ],
)
def test_parameters_that_are_wrong_are_refused_with_their_place(facade, content, place):
    answer = post(facade, f"PlanDefinition/{PACK}/$apply", content)
    assert answer.status_code == 422
    assert answer.json["issue"][0].get("expression") == [place] or place == "http"


def test_a_patient_may_not_apply_for_another(facade):
    assert facade.get(APPLY, "patient").status_code == 200
    theirs = facade.refused(APPLY.replace("p1", "p2"), "patient")
    assert theirs == (403, "not-allowed", "http.subject")
    path = f"ActivityDefinition/{PACK}-work/$apply"
    assert facade.refused(f"{path}?subject=p2", "patient") == theirs
    posted = post(facade, path, asked(edition="full", subject="Patient/p2"), "patient")
    assert posted.json["issue"][0]["expression"] == ["Parameters.parameter[1]"]


def test_a_definition_with_a_long_name_is_applied_by_the_id_it_is_read_by(make_web):
    web = make_web(a_pack(topics=(a_topic("how-to-get-up-from-a-chair-without-" + "help-" * 8),)))
    (entry,) = web.get("/fhir/ActivityDefinition", accept=FHIR).json["entry"]
    path = f"/fhir/ActivityDefinition/{entry['resource']['id']}/$apply?subject=p1"
    assert web.get(path, accept=FHIR).json["resourceType"] == "ServiceRequest"


def test_a_pack_without_the_short_edition_says_so(make_web):
    web = make_web(a_pack(editions=(Edition.FULL,)))
    path = f"/fhir/PlanDefinition/{PACK}/$apply?subject=p1&edition=pixi"
    answer = web.get(path, accept=FHIR)
    assert (answer.status_code, answer.json["issue"][0]["expression"]) == (422, ["http.edition"])


def test_each_definition_that_is_applied_leaves_a_row_in_the_audit_trail(facade):
    before = facade.web.rows("audit")
    facade.json(APPLY)
    facade.json(f"ActivityDefinition/{PACK}-work/$apply?subject=p1")
    assert facade.web.rows("audit") == before + 2


def test_a_proposal_is_the_bundle_the_encounter_would_give(facade):
    proposed = post(facade, "$propose", a_visit("p9", "e9"))
    assert (proposed.status_code, proposed.json["type"]) == (200, "transaction")
    given = facade.web.post(a_visit("p9", "e9")).json
    for bundle in (proposed.json, given):
        r4.parse(bundle)

    def plain(bundle):
        """Without ids, which are another plan's."""
        return re.sub(rb"urn:uuid:[0-9a-f-]{36}", b"urn", orjson.dumps(bundle))

    assert plain(proposed.json) == plain(given)


def test_a_proposal_for_a_known_encounter_is_the_plan_that_stands(facade):
    again = facade.web.post(a_visit("p1", "e1")).json
    assert post(facade, "$propose", a_visit("p1", "e1")).json == again


def test_a_proposal_for_the_next_visit_goes_on_with_the_course_and_changes_nothing(facade):
    proposed = post(facade, "$propose", a_visit("p1", "e2")).json
    identifier = proposed["entry"][0]["resource"]["identifier"]
    assert identifier == facade.json(f"CarePlan/{facade.plan}")["identifier"]
    assert facade.json(f"CarePlan/{facade.plan}")["meta"]["versionId"] == "1"


def propose_as(facade, patient, about, encounter):
    headers = facade.web.headers("patient", patient=patient) | {"Content-Type": FHIR}
    content = orjson.dumps(a_visit(about, encounter))
    return facade.web.client.post("/fhir/$propose", data=content, headers=headers)


@pytest.mark.parametrize("encounter", ["e1", "e2"])
def test_a_patient_is_proposed_nothing_of_another(facade, encounter):
    """Neither the plan that stands for a known encounter nor the one that goes on."""
    refused = propose_as(facade, "p2", "p1", encounter)
    assert refused.status_code == 403
    (issue,) = refused.json["issue"]
    assert issue["expression"] == ["Bundle.entry"]


def test_what_a_patient_is_proposed_has_nothing_that_is_for_clinicians(facade, send):
    told = TAUGHT | {"mood": {"cues": ["fear"], "text": "Meget utryg"}}
    assert send(f"/api/v1/plans/{facade.plan}/teachings", told).status_code == 201
    seen = propose_as(facade, "p1", "p1", "e1")
    assert seen.status_code == 200
    assert "Meget utryg" not in seen.text
    assert "Meget utryg" in post(facade, "$propose", a_visit("p1", "e1")).text


def test_a_proposal_that_no_pack_covers_says_so(facade):
    other = post(facade, "$propose", a_visit("p9", "e9", coding(ICD10, "I10")))
    assert (other.status_code, other.json["resourceType"]) == (200, "OperationOutcome")


def test_a_proposal_refuses_what_the_main_job_refuses(facade):
    answer = post(facade, "$propose", {"resourceType": "Bundle", "type": "collection"})
    assert (answer.status_code, answer.json["resourceType"]) == (422, "OperationOutcome")


@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_all_ways_in_choose_the_same_topics_and_goals(make_web, edition):
    topics = (a_topic("knowledge"), a_topic("work"), a_topic("mood"))
    goals = (
        GoalTemplate("walk", text("Jeg går en tur"), ("knowledge",), BOTH),
        GoalTemplate("swim", text("Jeg svømmer"), ("work",), frozenset({Edition.FULL})),
    )
    web = make_web(a_pack(topics=topics, goals=goals, handouts=(a_handout("all", "work"),)))
    by_rest = web.post(a_visit("p1", "e1", LUMBAR), path=f"?edition={edition}").json
    headers = web.headers() | {"Content-Type": FHIR}
    proposed = web.client.post(
        f"/fhir/$propose?edition={edition}", data=orjson.dumps(a_visit("p2", "e2")), headers=headers
    ).json
    path = f"/fhir/PlanDefinition/{PACK}/$apply?subject=p3&edition={edition}"
    applied = web.get(path, accept=FHIR).json
    chosen = {choice(resources(bundle)) for bundle in (by_rest, proposed)}
    assert chosen == {choice(applied["contained"])}


def resources(bundle):
    return [entry["resource"] for entry in bundle["entry"]]


def choice(found):
    """The topics and goals that were chosen, by their codes of ours, in their order."""
    return tuple(
        code["coding"][0]["code"]
        for each in found
        if (code := each.get("code") or each.get("description")) and isinstance(code, dict)
    )
