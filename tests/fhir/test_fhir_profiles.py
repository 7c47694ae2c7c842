"""What we publish about our FHIR is valid R4, current, and covers all that we write."""

import json
import re
from itertools import product
from pathlib import Path

import pytest

from fhir_profiles.build.terminology import FOLDER, NOTICES, render, terminology
from service.domain.content import Edition
from service.domain.errors import ServiceError
from service.domain.plan import PlanState
from service.fhir import outcome, r4, urls
from service.fhir.audit_event import ACTION
from service.fhir.bundle import to_bundle
from service.fhir.capability import OPERATIONS
from service.fhir.record import PROFILES
from service.fhir.search_parameters import PARAMETERS
from service.packs.files import read_pack
from service.usecases.make_plan import Happened
from service.usecases.record_refusal import REFUSALS, REFUSED
from service.web.errors import ERRORS
from tests.builders import a_condition, a_plan, an_encounter
from tests.course import courses
from tests.house.tracked import ROOT, tracked
from tests.walk import objects

SAID = re.compile(r'(?:AuditEntry\(\s*|_seen\()"([a-z.]+)"')
CHANGED = r'self\.change\(\s*"([a-z-]+)"'
FILES = sorted(FOLDER.glob("*.json"))
PACKS = sorted(path.parent for path in (ROOT / "content").glob("*/pack.yaml"))
CODE_SYSTEMS = (urls.TOPIC, urls.GOAL, urls.CATEGORY, urls.EDITION, outcome.ERROR_CODES)
WRITTEN = (
    urls.TOPIC,
    urls.GOAL,
    urls.CATEGORY,
    urls.NOT_DONE_REASON,
    urls.TEACH_BACK_RESULT,
    urls.TEACHING_METHOD,
    urls.LEARNING_BARRIER,
    urls.LEARNER_READINESS,
    urls.VISIT_OBSERVATION,
    urls.MOOD_CUE,
    urls.JOB_SITUATION,
)
EXTENSIONS = (
    urls.EXT_EDITION,
    urls.EXT_SHA256,
    urls.EXT_BARRIER,
    urls.EXT_READINESS,
    urls.EXT_INTERPRETER,
    urls.EXT_MINUTES,
    urls.EXT_STEP_REACHED,
)


def read(path: Path):
    return json.loads(path.read_text("utf-8"))


def published(kind: str):
    return {found["url"]: found for found in map(read, FILES) if found["resourceType"] == kind}


@pytest.fixture(scope="module")
def written():
    """Bundles of every pack, edition, language, kind of match, and end of a course."""
    bundles = []
    for pack, edition in product(map(read_pack, PACKS), Edition):
        for language, triggers in product(
            pack.languages, (pack.triggers.exact, pack.triggers.possible)
        ):
            for trigger in triggers[:1]:
                encounter = an_encounter(a_condition(trigger.coding))
                plan = a_plan(encounter, pack, edition=edition, language=language)
                for each in (plan, *(courses(plan) if plan.state is PlanState.ACTIVE else ())):
                    told = to_bundle(each, service_url="https://e.example", caller="ehr")
                    bundles.append(told)
    assert len(bundles) >= 4
    return bundles


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_r4(path):
    r4.parse(read(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_named_after_what_it_defines(path):
    found = read(path)
    kind, name = found["resourceType"], found["id"]
    assert path.name == f"{kind}-{name}.json"
    assert found["url"] == f"{urls.BASE}/{kind}/{name}"


def test_every_address_of_the_code_is_published():
    assert set(CODE_SYSTEMS) <= set(published("CodeSystem"))
    assert set(EXTENSIONS) <= set(published("StructureDefinition"))
    profiles = {f"{urls.BASE}/StructureDefinition/{name}" for name in PROFILES.values()}
    assert profiles <= set(published("StructureDefinition"))
    parameters = {p.definition for row in PARAMETERS.values() for p in row.values()} - {""}
    assert parameters == set(published("SearchParameter"))
    operations = {url for row in OPERATIONS.values() for url in row.values()}
    assert operations == set(published("OperationDefinition"))


def test_the_generated_ones_are_current():
    mend = "run `make docs`"
    for name, resource in terminology().items():
        assert (FOLDER / name).read_text("utf-8") == render(resource), mend


@pytest.mark.parametrize("url", sorted(published("CodeSystem")))
def test_a_code_system_counts_its_codes_and_has_none_twice(url):
    system = published("CodeSystem")[url]
    codes = [concept["code"] for concept in system["concept"]]
    assert system.get("count", len(codes)) == len(codes) == len(set(codes))
    assert all(concept["display"] for concept in system["concept"])


@pytest.mark.parametrize("url", sorted(published("CodeSystem")))
def test_every_code_of_ours_has_words_in_danish_and_in_english(url):
    system = published("CodeSystem")[url]
    other = {"da": "en", "en": "da"}[system["language"]]
    for concept in system["concept"]:
        told = {each["language"]: each["value"] for each in concept["designation"]}
        assert told[other], concept["code"]


def test_there_are_the_three_maps_and_each_says_something_of_every_code_it_maps():
    maps = {url.rpartition("/")[2]: found for url, found in published("ConceptMap").items()}
    assert set(maps) == {"topic-to-snomed", "not-done-reason-to-kl", "category-to-fut"}
    for found in maps.values():
        for system in {group["source"] for group in found["group"]}:
            groups = [group for group in found["group"] if group["source"] == system]
            assert all(group["target"].startswith("http") for group in groups)
            mapped = [element["code"] for group in groups for element in group["element"]]
            if system in published("CodeSystem"):
                codes = [c["code"] for c in published("CodeSystem")[system]["concept"]]
                assert sorted(mapped) == sorted(codes)


def test_a_map_says_why_where_a_code_means_nothing_or_not_the_same():
    """R4 cmd-1 asks for it where the meaning is narrower or inexact."""
    for found in published("ConceptMap").values():
        for target in (t for g in found["group"] for e in g["element"] for t in e["target"]):
            surely = target["equivalence"] in ("wider", "equivalent")
            assert surely or target["comment"]
            assert ("code" in target) == (target["equivalence"] != "unmatched")


def test_every_code_that_is_written_is_published(written):
    known = {url: {c["code"] for c in s["concept"]} for url, s in published("CodeSystem").items()}
    seen = [(o.get("system"), o.get("code")) for bundle in written for o in objects(bundle)]
    ours = {(system, code) for system, code in seen if str(system).startswith(urls.BASE)}
    assert {system for system, _ in ours} == set(WRITTEN)
    assert {pair for pair in ours if pair[1] not in known[pair[0]]} == set()


def test_every_extension_that_is_written_is_published(written):
    seen = {e["url"] for bundle in written for o in objects(bundle) for e in o.get("extension", ())}
    assert {url for url in seen if url.startswith(urls.BASE)} == set(EXTENSIONS)


def test_every_edition_that_is_written_is_published(written):
    codes = {c["code"] for c in published("CodeSystem")[urls.EDITION]["concept"]}
    seen = {
        extension["valueCode"]
        for bundle in written
        for each in objects(bundle)
        for extension in each.get("extension", ())
        if extension["url"] == urls.EXT_EDITION
    }
    assert seen == codes == set(Edition)


def test_an_extension_stands_only_where_its_definition_lets_it(written):
    wheres = {
        url: {context["expression"] for context in found["context"]}
        for url, found in published("StructureDefinition").items()
        if found["type"] == "Extension"
    }
    for bundle in written:
        for each in objects(bundle):
            part = {"contentType": "Attachment", "measure": "Goal.target"}
            inside = next((name for key, name in part.items() if key in each), "")
            kind = each.get("resourceType", inside)
            for extension in each.get("extension", ()):
                if extension["url"] in wheres:
                    assert kind in wheres[extension["url"]]


def test_every_error_and_notice_is_published():
    codes = {c["code"] for c in published("CodeSystem")[outcome.ERROR_CODES]["concept"]}
    assert codes == {*ERRORS, *NOTICES}
    for issue in (
        outcome.to_outcome(ServiceError("x"), "exception"),
        outcome.notice("not-covered", "x"),
    ):
        (coding,) = issue["issue"][0]["details"]["coding"]
        assert coding["code"] in codes


def test_every_act_that_is_audited_is_published():
    codes = {c["code"] for c in published("CodeSystem")[ACTION]["concept"]}
    sources = [text for path, text in tracked(".py") if path.startswith("service/usecases/")]
    said = {act for text in sources for act in re.findall(SAID, text)}
    said |= {f"plan.{act}" for text in sources for act in re.findall(CHANGED, text)}
    said |= {f"plan.{happened}" for happened in Happened if happened != Happened.NOT_COVERED}
    said |= {f"fhir.{act}" for act in ("read", "vread", "history")}
    said |= {f"{REFUSED}{code}" for code in REFUSALS}
    assert said == codes


def test_a_packs_triggers_are_its_value_sets():
    for pack in map(read_pack, PACKS):
        for confidence in ("exact", "possible", "never"):
            found = published("ValueSet")[f"{urls.BASE}/ValueSet/{pack.id}-condition-{confidence}"]
            listed = {
                (include["system"], concept["code"])
                for include in found["compose"]["include"]
                for concept in include["concept"]
            }
            triggers = getattr(pack.triggers, confidence)
            assert listed == {(t.coding.system, t.coding.code) for t in triggers}


def test_every_search_parameter_of_ours_finds_what_the_facade_finds():
    for resource_type, row in PARAMETERS.items():
        for code, parameter in row.items():
            if parameter.definition:
                found = published("SearchParameter")[parameter.definition]
                assert (found["code"], found["type"]) == (code, parameter.type)
                assert found["base"] == [resource_type]
                (path,) = parameter.paths
                last = path.partition("(")[0] if "extension" in path else path
                assert found["expression"].startswith(f"{resource_type}.{last}")


def test_every_notice_of_the_code_is_listed():
    sources = [text for path, text in tracked(".py") if path.startswith("service/web/")]
    said = {code for text in sources for code in re.findall(r'\bnotice\("([a-z-]+)"', text)}
    assert said == set(NOTICES)


def test_a_plan_in_every_state_is_among_what_was_looked_at(written):
    statuses = {bundle["entry"][0]["resource"]["status"] for bundle in written}
    assert statuses == {"active", "draft", "completed", "revoked", "entered-in-error"}
    assert len(PlanState) == len(statuses)
