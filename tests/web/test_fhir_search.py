"""Searching the façade: the closed grammar, paging, and nobody else's plans."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.fhir import r4
from service.fhir.search import RESULTS
from service.fhir.search_parameters import INCLUDES, PARAMETERS, REVINCLUDES
from tests.conftest import FHIR, SERVICE_URL
from tests.posted import ICD10, coding

PERHAPS = coding(ICD10, "M48.0")


def test_a_patients_plans_are_found_and_no_other_patients(facade):
    facade.visit("p2", "e2")
    for asked in ("patient=p1", "patient=Patient/p1", "subject=Patient/p1", "subject=p1"):
        assert facade.ids(f"CarePlan?{asked}") == [facade.plan]


def test_the_answer_says_what_was_asked_and_how_many_there_are(facade):
    found = facade.json("CarePlan?patient=p1")
    assert (found["type"], found["total"]) == ("searchset", 1)
    assert found["link"] == [{"relation": "self", "url": f"{SERVICE_URL}/fhir/CarePlan?patient=p1"}]
    assert found["entry"][0]["fullUrl"] == f"{SERVICE_URL}/fhir/CarePlan/{facade.plan}"
    r4.parse(found)


def test_a_patient_without_a_plan_gives_an_empty_answer_and_no_error(facade):
    found = facade.json("CarePlan?patient=nobody")
    assert (found["total"], "entry" in found) == (0, False)
    r4.parse(found)


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("status=active", True),
        ("status=draft", False),
        ("status=draft,active", True),
        ("status=active&intent=plan", True),
        ("status=active&intent=proposal", False),
        ("intent=http://hl7.org/fhir/request-intent|plan", False),
        ("category=311401005", True),
        ("category=http://snomed.info/sct|311401005", True),
        ("category=http://snomed.info/sct|", True),
        ("category=|311401005", False),
        ("category=http://loinc.org|311401005", False),
        ("encounter=Encounter/e1", True),
        ("encounter=e2", False),
        ("condition=Condition/c1", True),
        ("date=2026-11-23", False),  # no end: the plan goes on beyond that day
        ("date=ge2026-11", True),
        ("date=lt2026-11-23", False),
        ("date=sa2026", False),
        ("date=gt2027", True),
        ("edition=full", True),
        ("edition=pixi", False),
        ("instantiates-canonical={base}/PlanDefinition/lumbar-spinal-stenosis|1.0.0", True),
        ("instantiates-canonical={base}/PlanDefinition/lumbar-spinal-stenosis", True),
        ("instantiates-canonical={base}/PlanDefinition/lumbar-spinal-stenosis|2.0.0", False),
        ("_lastUpdated=ge2026-11-23T09:00:00Z", True),
        ("_lastUpdated=gt2026-11-23T09:00:00Z", False),
        ("_lastUpdated=2026-11-23T10:00:00%2B01:00", True),
        ("_lastUpdated=ne2025", True),
        ("_lastUpdated=ap2026", True),
        ("_id=no-such-id", False),
    ],
)
@pytest.mark.parametrize("scope", ["patient=p1&", ""])
def test_each_filter_means_what_r4_says(facade, asked, is_found, scope):
    asked = asked.replace("{base}", "https://w3id.org/education-plan/fhir")
    assert facade.ids(f"CarePlan?{scope}{asked}") == ([facade.plan] if is_found else [])


def test_a_topic_is_found_by_our_code_and_by_snomed(facade):
    mine = "code=https://w3id.org/education-plan/fhir/CodeSystem/topic|lumbar-spinal-stenosis.work"
    assert facade.ids(f"ServiceRequest?patient=p1&{mine}") == [f"{facade.plan}.t.work"]
    assert len(facade.ids("ServiceRequest?code=311401005")) == 3


def test_a_resource_is_found_by_its_identity(facade):
    identifier = facade.json(f"CarePlan/{facade.plan}")["identifier"][0]
    asked = f"identifier={identifier['system']}|{identifier['value']}"
    assert facade.ids(f"CarePlan?{asked}") == [facade.plan]
    assert facade.ids(f"Goal?{asked}") == []


def test_several_ids_are_found_at_once(facade):
    other = facade.visit("p2", "e2")
    assert set(facade.ids(f"CarePlan?_id={facade.plan},{other},x")) == {facade.plan, other}


def test_a_search_by_form_puts_nothing_into_the_address(facade):
    answer = facade.web.client.post(
        "/fhir/CarePlan/_search", data={"patient": "p1"}, headers=facade.web.headers()
    )
    assert answer.json["total"] == 1


def test_a_search_by_post_that_is_no_form_is_refused(facade):
    answer = facade.web.client.post(
        "/fhir/CarePlan/_search",
        data=b"{}",
        headers=facade.web.headers() | {"Content-Type": FHIR},
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("name=x", "http.name"),
        ("patient.name=x", "http"),
        ("_has:Goal:patient:status=x", "http"),
        ("status:not=active", "http"),
        ("date=yesterday", "http.date"),
        ("date=2026-02-31", "http.date"),
        ("date=2026-11-23T99:00", "http.date"),
        ("status=", "http.status"),
        ("status=active,", "http.status"),
        ("patient=p1,p2", "http.patient"),
        ("patient=p1&subject=p2", "http.patient"),
        ("patient=a%20b", "http.patient"),
        ("_id=a/b", "http._id"),
        ("_count=many", "http._count"),
        ("_count=-1", "http._count"),
        ("_count=1&_count=2", "http._count"),
        ("_sort=status", "http._sort"),
        ("_summary=all", "http._summary"),
        ("_elements=a,b c", "http._elements"),
        ("_total=some", "http._total"),
        ("_include=CarePlan:subject", "http._include"),
        ("_revinclude=Observation:subject", "http._revinclude"),
        ("_page=xyz", "http._page"),
        ("_sort=_lastUpdated", "http._sort"),
        ("_total=accurate", "http._total"),
        ("_summary=count", "http._summary"),
    ],
)
def test_what_is_outside_the_grammar_is_refused_and_names_its_place(facade, asked, place):
    assert facade.refused(f"CarePlan?{asked}") == (400, "invalid-search", place)


def test_a_refusal_does_not_repeat_what_may_be_a_persons_number(facade):
    text = facade.get("CarePlan?0101519999=1&x=0101519999").text
    assert "0101519999" not in text


def test_unknown_parameters_are_ignored_only_when_asked_for_and_that_is_told(facade):
    lenient = facade.json("CarePlan?patient=p1&name=x", Prefer="handling=lenient")
    *_, last = lenient["entry"]
    assert (lenient["total"], last["search"]["mode"]) == (1, "outcome")
    assert "name=" not in lenient["link"][0]["url"] or last["resource"]["issue"]
    r4.parse(lenient)


@pytest.mark.parametrize("asked", ["", "patient=p1&"])
@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize("sort", ["_id", "-_id"])
def test_pages_together_are_the_whole_each_once_and_in_order(facade, asked, count, sort):
    facade.visit("p2", "e2")
    facade.visit("p3", "e3")
    whole = facade.ids(f"ServiceRequest?{asked}_sort={sort}&_count=50")
    assert whole == sorted(whole, reverse=sort == "-_id")
    assert len(whole) == len(set(whole)) == (3 if asked else 9)
    assert facade.ids(f"ServiceRequest?{asked}_sort={sort}&_count={count}") == whole


def test_topics_come_in_the_order_of_the_guideline_the_newest_plan_first(facade):
    newer = facade.visit("p2", "e2")
    topics = [
        f"{plan}.t.{t}" for plan in (newer, facade.plan) for t in ("knowledge", "prognosis", "work")
    ]
    assert facade.ids("ServiceRequest") == topics
    assert facade.ids("ServiceRequest?_count=2") == topics
    assert facade.ids("ServiceRequest?patient=p1&_count=2") == topics[3:]


def test_a_page_can_be_turned_by_whom_it_was_made_for_and_nobody_else(facade):
    facade.visit("p2", "e2")
    (_, following) = facade.json("CarePlan?_count=1")["link"]
    path = following["url"].removeprefix(f"{SERVICE_URL}/fhir/")
    assert len(facade.json(path)["entry"]) == 1
    for role in ("clinician", "patient"):
        assert facade.refused(path, role) == (400, "invalid-search", "http._page")
    assert facade.refused(path.replace("CarePlan", "Goal")) == (400, "invalid-search", "http._page")
    assert facade.refused(f"{path[:-3]}AAA") == (400, "invalid-search", "http._page")


def test_what_is_included_comes_in_the_same_order_each_time(facade):
    asked = "CarePlan?patient=p1&_include=CarePlan:activity-reference&_include=CarePlan:goal"
    page = facade.json(asked)
    names = [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in page["entry"][1:]]
    plan = page["entry"][0]["resource"]
    requests = [each["reference"]["reference"] for each in plan["activity"]]
    assert names == [*requests, *(goal["reference"] for goal in plan["goal"])]


@pytest.mark.parametrize(("sort", "order"), [("sent", [0, 1]), ("-sent", [1, 0])])
def test_what_was_taught_comes_by_its_date(facade, send, sort, order):
    days = ["2026-11-20", "2026-11-23"]
    for day, topic in zip(reversed(days), ("work", "knowledge"), strict=True):
        taught = {"id": topic, "outcome": "taught", "understanding": "understood"}
        told = {"topics": [taught], "methods": ["talk"], "at": f"{day}T08:00:00Z"}
        answer = send(f"/api/v1/plans/{facade.plan}/teachings", told)
        assert answer.status_code == 201, answer.text
    found = facade.json(f"Communication?patient=p1&_sort={sort}")["entry"]
    sent = [entry["resource"]["sent"][:10] for entry in found]
    assert sent == [days[place] for place in order]


def test_what_has_no_date_comes_last(facade, send):
    path = f"/api/v1/plans/{facade.plan}/goals"
    assert send(path, {"text": "gå", "due": "2027-01-15"}).status_code == 201
    for sort in ("target-date", "-target-date"):
        goals = [e["resource"] for e in facade.json(f"Goal?patient=p1&_sort={sort}")["entry"]]
        assert ["target" in goal for goal in goals] == [True, False]


def test_a_plan_that_is_made_meanwhile_moves_no_page(facade):
    for number in range(2, 6):
        facade.visit(f"p{number}", f"e{number}")
    whole = facade.ids("CarePlan")
    page = facade.json("CarePlan?_count=2")
    facade.visit("p9", "e9")
    following = page["link"][1]["url"].removeprefix(f"{SERVICE_URL}/fhir/")
    first = [entry["resource"]["id"] for entry in page["entry"]]
    assert first + facade.ids(following) == whole


def test_a_link_to_a_page_names_nobody_and_holds_for_one_clinic_and_type_only(facade):
    page = facade.json("ServiceRequest?patient=p1&_count=1")
    link = page["link"][1]["url"]
    token = re.fullmatch(rf"{SERVICE_URL}/fhir/ServiceRequest\?_page=([\w%=-]+)", link)[1]
    assert facade.get(f"ServiceRequest?_page={token}").status_code == 200
    assert facade.refused(f"CarePlan?_page={token}")[1] == "invalid-search"
    elsewhere = facade.web.headers("system", tenant="elsewhere")
    answer = facade.web.client.get(f"/fhir/ServiceRequest?_page={token}", headers=elsewhere)
    assert answer.status_code == 400


def test_a_patient_finds_their_own_whatever_they_ask_for(facade):
    other = facade.visit("p2", "e2")
    for asked in ("", "?patient=p1", f"?_id={other},{facade.plan}", "?status=active"):
        assert facade.ids(f"CarePlan{asked}", "patient") == [facade.plan]
    for asked in ("patient=p2", f"_id={other}", "encounter=Encounter/e2"):
        assert facade.ids(f"CarePlan?{asked}", "patient") == []


def test_goals_topics_and_provenance_come_along_when_asked_for(facade):
    asked = "_include=CarePlan:goal&_include=CarePlan:activity-reference"
    found = facade.json(f"CarePlan?patient=p1&{asked}&_revinclude=Provenance:target")
    modes = [(e["resource"]["resourceType"], e["search"]["mode"]) for e in found["entry"]]
    assert modes[0] == ("CarePlan", "match")
    assert sorted(set(modes[1:])) == [
        ("Goal", "include"),
        ("Provenance", "include"),
        ("ServiceRequest", "include"),
    ]
    assert found["total"] == 1


def test_every_inclusion_that_is_offered_names_a_parameter_that_exists():
    offered = [each for table in (INCLUDES, REVINCLUDES) for row in table.values() for each in row]
    for pointer in offered:
        resource_type, _, name = pointer.partition(":")
        assert PARAMETERS[resource_type][name].kind == "reference"


@pytest.mark.parametrize("summary", ["true", "text", "data"])
def test_a_summary_is_marked_as_one_and_keeps_what_is_mandatory(facade, summary):
    (entry,) = facade.json(f"CarePlan?patient=p1&_summary={summary}")["entry"]
    plan = entry["resource"]
    assert plan["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert ("text" in plan) == (summary == "text")
    assert {"status", "intent", "subject"} <= plan.keys()
    r4.parse(plan)


def test_a_count_is_only_a_count(facade):
    found = facade.json("CarePlan?patient=p1&_summary=count")
    assert (found["total"], "entry" in found) == (1, False)
    assert "entry" not in facade.json("CarePlan?patient=p1&_count=0")


def test_only_the_elements_asked_for_come_and_the_mandatory_ones(facade):
    (entry,) = facade.json("CarePlan?patient=p1&_elements=title,goal")["entry"]
    assert entry["resource"].keys() == {
        *("resourceType", "id", "meta", "title", "goal", "status", "intent", "subject")
    }


def test_the_newest_change_comes_first_when_asked_for(facade):
    perhaps = facade.visit("p1", "e9", PERHAPS)
    assert perhaps == facade.plan  # one course
    found = facade.ids("Provenance?patient=p1&_sort=-_lastUpdated")
    assert found == [f"{facade.plan}.p.2", f"{facade.plan}.p.1"]


def test_types_that_nothing_is_written_of_yet_are_empty_and_not_missing(facade):
    assert facade.ids("Communication?patient=p1&topic=x") == []
    assert facade.ids("Observation?patient=p1&code=405107000") == []


def test_knowledge_is_searched_by_its_canonical(facade):
    url = "https://w3id.org/education-plan/fhir/PlanDefinition/lumbar-spinal-stenosis"
    assert facade.ids(f"PlanDefinition?url={url}&version=1.0.0") == ["lumbar-spinal-stenosis"]
    assert facade.ids(f"PlanDefinition?url={url}&version=2") == []
    assert facade.ids("PlanDefinition?title=spinal") == ["lumbar-spinal-stenosis"]
    assert len(facade.ids("ActivityDefinition?status=draft")) == 3


def test_a_plan_of_each_search_is_in_the_audit_trail_once(facade):
    before = facade.web.rows("audit")
    facade.json("CarePlan?patient=p1")
    facade.json("PlanDefinition")
    assert facade.web.rows("audit") == before + 1


def trail(web, last):
    """The newest rows, oldest first: what was done, and with whose data."""
    with web.parts.store.reading("demo") as transaction:
        rows = transaction.audit_beyond("", last, newest_first=True)[::-1]
    return [(row.entry.action, row.entry.patient) for row in rows]


def test_a_search_over_all_patients_is_in_the_log_of_each_who_was_shown(facade):
    facade.visit("p2", "e2")
    before = facade.web.rows("audit")
    assert len(facade.json("ServiceRequest?_count=100")["entry"]) > 2
    assert facade.web.rows("audit") == before + 2
    assert trail(facade.web, 2) == [("fhir.search", "Patient/p1"), ("fhir.search", "Patient/p2")]
    facade.json(f"CarePlan?_id={facade.plan}")
    assert trail(facade.web, 1) == [("fhir.search", "Patient/p1")]


def test_a_search_that_shows_nothing_is_in_the_log_of_whoever_was_asked_for(facade):
    facade.json("CarePlan?patient=p9")
    facade.json("CarePlan?status=revoked", "patient")
    assert trail(facade.web, 2) == [("fhir.search", "Patient/p9"), ("fhir.search", "Patient/p1")]


def test_a_look_at_an_entry_of_the_trail_is_in_the_log_of_its_patient(facade):
    event = facade.ids("AuditEvent?subtype=plan.created", "auditor")[0]
    facade.json(f"AuditEvent/{event}", "auditor")
    assert trail(facade.web, 1) == [("fhir.read", "Patient/p1")]


def test_an_auditor_reads_the_audit_trail_and_nobody_else_does(facade):
    facade.json(f"CarePlan/{facade.plan}")
    found = facade.json("AuditEvent?patient=Patient/p1&_count=1", "auditor")
    (entry,) = found["entry"]
    event = entry["resource"]
    r4.parse(event)
    assert (event["action"], event["subtype"][0]["code"]) == ("R", "fhir.read")
    whats = [each.get("what", {}).get("reference") for each in event["entity"]]
    assert whats == ["Patient/p1", f"CarePlan/{facade.plan}"]
    assert facade.json(f"AuditEvent/{event['id']}", "auditor")["id"] == event["id"]
    assert facade.refused("AuditEvent", "clinician")[1] == "not-allowed"


def test_the_audit_trail_is_paged_and_filtered(facade):
    for _ in range(4):
        facade.json("CarePlan?patient=p1")
    made = facade.ids("AuditEvent?subtype=plan.created&_count=1", "auditor")
    looked = facade.ids("AuditEvent?subtype=fhir.search&entity=Patient/p1&_count=2", "auditor")
    assert (len(made), len(looked)) == (1, 4)
    assert looked == sorted(looked, reverse=True)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    resource_type=st.sampled_from(sorted(PARAMETERS)),
    pairs=st.lists(
        st.tuples(
            st.sampled_from(
                [*sorted({name for row in PARAMETERS.values() for name in row}), *RESULTS, "x"]
            ),
            st.text(max_size=20) | st.sampled_from(["p1", "ge2026", "a|b", "a\\,b", "true"]),
        ),
        max_size=4,
    ),
)
def test_any_search_is_answered_or_refused(facade, resource_type, pairs):
    answer = facade.web.client.get(
        f"/fhir/{resource_type}", query_string=pairs, headers=facade.web.headers()
    )
    assert answer.status_code in (200, 400, 403, 404), answer.text
    assert answer.json["resourceType"] in ("Bundle", "OperationOutcome")
