"""A pack as FHIR: whole, without loose ends, and the same texts that plans hand out."""

import base64
import re
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from html import unescape
from itertools import product

import orjson
import pytest

from service.domain.content import Audience, Edition, Pack
from service.domain.errors import NotFound
from service.fhir import knowledge as told
from service.fhir import r4, urls
from service.fhir.bundle import to_bundle
from service.fhir.knowledge import for_citizens
from service.fhir.material import binary
from service.packs.files import read_pack
from service.packs.handouts import pages_of
from tests.builders import PAGES, a_handout, a_pack, a_plan, a_point, a_topic, text
from tests.house.tracked import ROOT
from tests.packs.builders import a_folder
from tests.walk import objects

SERVICE = "https://education.example"
STENOSIS = ROOT / "content" / "lumbar-spinal-stenosis"
CLINICAL = {"usage", "_usage"}


@pytest.fixture(scope="module", params=["stenosis", "knee", "built"])
def pack(request, tmp_path_factory) -> Pack:
    """The pack that ships, a small one about another condition, and one made in memory."""
    if request.param == "stenosis":
        return read_pack(STENOSIS)
    if request.param == "knee":
        return read_pack(a_folder(tmp_path_factory.mktemp("packs")))
    return a_pack()


@pytest.fixture(scope="module")
def stenosis() -> Pack:
    return read_pack(STENOSIS)


def knowledge(pack, service_url):
    """What is known of the pack, its pages read from those that were rendered."""
    rendered = {} if pack.publisher == "Test" else {p.sha256: p.html for p in pages_of(pack)}
    return told.knowledge(pack, service_url, (PAGES | rendered).__getitem__)


def words(value) -> str:
    """Every text inside, pages and narratives as a reader sees them."""
    if isinstance(value, str):
        return unescape(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(map(words, inside))


def of_kind(pack, kind):
    return [r for key, r in knowledge(pack, SERVICE).items() if key.startswith(f"{kind}/")]


def for_the_physio_alone(pack) -> set[str]:
    texts = [words for topic in pack.topics for words in topic.texts.values()]
    points = [point for text in texts for point in text.points]
    theirs = {p.text for p in points if p.audience is Audience.PHYSIO}
    theirs |= {p.short for p in points if p.audience is Audience.PHYSIO if p.short}
    theirs |= {words for text in texts for words in text.observe}
    return theirs - {p.text for p in points if p.audience is Audience.PATIENT}


def test_every_resource_is_r4(pack):
    for resource in knowledge(pack, SERVICE).values():
        r4.parse(resource)


def test_a_pack_is_one_plan_one_manifest_and_an_activity_for_each_topic(pack):
    counted = Counter(key.split("/")[0] for key in knowledge(pack, SERVICE))
    files = [
        file
        for handout in pack.handouts
        for (_, language), file in handout.files.items()
        if language in pack.languages
    ]
    assert counted == {
        "PlanDefinition": 1,
        "Library": 1,
        "ActivityDefinition": len(pack.topics),
        "DocumentReference": len(files),
        "Binary": len({file.sha256 for file in files}),
    }


def test_everything_stands_under_its_own_type_and_id(pack):
    for key, resource in knowledge(pack, SERVICE).items():
        assert key == f"{resource['resourceType']}/{resource['id']}"
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", resource["id"])


def test_the_same_pack_gives_the_same_bytes(pack):
    once, again = (orjson.dumps(dict(knowledge(pack, SERVICE))) for _ in range(2))
    assert once == again


def test_what_a_pack_has_not_is_not_there(pack):
    assert "PlanDefinition/other" not in knowledge(pack, SERVICE)
    with pytest.raises(KeyError):
        knowledge(pack, SERVICE)["PlanDefinition/other"]
    with pytest.raises(NotFound):
        binary(pack, "0" * 64, PAGES.__getitem__)


def test_no_canonical_of_ours_points_at_nothing(pack):
    found = knowledge(pack, SERVICE)
    there = {f"{r['url']}|{r['version']}" for r in found.values() if "url" in r}
    profile = f"{urls.BASE}/StructureDefinition/edu-applied-request"
    for resource in found.values():
        inside = {f"#{each['id']}" for each in resource.get("contained", ())}
        for each in objects(resource):
            named = {each.get("definitionCanonical"), each.get("profile"), *each.get("library", ())}
            if "type" in each:
                named.add(each.get("resource"))
            assert named - {None} <= there | inside | {profile}


def test_the_manifest_names_all_of_the_pack_and_nothing_else(pack):
    found = knowledge(pack, SERVICE)
    (manifest,) = of_kind(pack, "Library")
    parts = [each for each in manifest["relatedArtifact"] if each["type"] == "composed-of"]
    definitions = {each["resource"] for each in parts if "resource" in each}
    documents = [each["document"] for each in parts if "document" in each]
    assert definitions == {
        f"{r['url']}|{r['version']}"
        for r in found.values()
        if r["resourceType"] in ("PlanDefinition", "ActivityDefinition")
    }
    handouts = of_kind(pack, "DocumentReference")
    assert documents == [each["content"][0]["attachment"] for each in handouts]


def test_the_manifest_pins_the_source_that_every_plan_pins(pack):
    (manifest,) = of_kind(pack, "Library")
    (source,) = manifest["content"]
    assert source["extension"] == [{"url": urls.EXT_SHA256, "valueString": pack.sha256}]
    assert "url" not in source
    assert manifest["copyright"] == pack.licence
    assert manifest["publisher"] == pack.publisher


def test_every_handout_that_is_named_is_among_the_documents(pack):
    there = [each["content"][0]["attachment"] for each in of_kind(pack, "DocumentReference")]
    for resource in knowledge(pack, SERVICE).values():
        named = [each["document"] for each in objects(resource) if "document" in each]
        assert all(document in there for document in named)


def test_a_handout_is_named_where_a_plan_has_it():
    pack = a_pack(handouts=(a_handout("one", "work"), a_handout("two", "work", "knowledge")))
    (plan,) = of_kind(pack, "PlanDefinition")
    activities = {each["id"]: each for each in of_kind(pack, "ActivityDefinition")}

    def labels(artifacts):
        return {each["label"].split(".")[0] for each in artifacts if "document" in each}

    assert labels(plan["relatedArtifact"]) == {"two"}
    assert [labels(action.get("documentation", ())) for action in plan["action"]] == [
        set(),
        set(),
        {"one"},
    ]
    assert labels(activities["lumbar-spinal-stenosis-work"]["relatedArtifact"]) == {"one"}
    assert "relatedArtifact" not in activities["lumbar-spinal-stenosis-prognosis"]


def test_a_document_is_the_one_that_plans_write_to_the_record(stenosis):
    found = knowledge(stenosis, SERVICE)
    for edition, language in product(Edition, stenosis.languages):
        plan = a_plan(pack=stenosis, edition=edition, language=language)
        bundle = to_bundle(plan, service_url=SERVICE, caller="ehr")
        written = {
            entry["fullUrl"].removeprefix("urn:uuid:"): entry["resource"]
            for entry in bundle["entry"]
            if entry["resource"]["resourceType"] == "DocumentReference"
        }
        assert len(written) == len(stenosis.handouts)
        for id_, resource in written.items():
            assert found[f"DocumentReference/{id_}"] == {**resource, "id": id_}


def test_a_page_is_named_after_its_own_hash(stenosis):
    for document in of_kind(stenosis, "DocumentReference"):
        attachment = document["content"][0]["attachment"]
        page_hash = attachment["extension"][0]["valueString"]
        page = knowledge(stenosis, SERVICE)[f"Binary/{page_hash}"]
        html = base64.b64decode(page["data"], validate=True)
        assert sha256(html).hexdigest() == page["id"] == page_hash
        assert len(html) == attachment["size"]
        assert page["language"] == document["language"]


def test_what_only_the_physio_is_to_read_stands_in_usage_alone(pack):
    theirs = for_the_physio_alone(pack)
    for resource in knowledge(pack, SERVICE).values():
        seen = words({name: value for name, value in resource.items() if name not in CLINICAL})
        if resource["resourceType"] == "Binary":
            seen = words(base64.b64decode(resource["data"]).decode())
        assert [each for each in theirs if each in seen] == []


def test_the_physio_finds_every_point_of_theirs_in_the_topic(pack):
    said = words([{n: r.get(n, {}) for n in CLINICAL} for r in of_kind(pack, "ActivityDefinition")])
    points = {
        point.text
        for topic in pack.topics
        for words_ in topic.texts.values()
        for point in words_.points
        if point.audience is Audience.PHYSIO
    }
    assert [each for each in points if each not in said] == []


def test_the_check_for_physio_text_has_something_to_find(stenosis):
    assert len(for_the_physio_alone(stenosis)) > 20
    topic = a_topic("mood", a_point("ask", text="Spørg til søvn", audience=Audience.PHYSIO))
    definition = knowledge(a_pack(topics=(topic,), handouts=(), goals=()), SERVICE)
    shown = definition["ActivityDefinition/lumbar-spinal-stenosis-mood"]
    assert "Spørg til søvn" in shown["usage"]
    assert "Spørg til søvn" not in words(for_citizens(shown))


def test_a_citizen_gets_the_resource_without_usage_and_it_is_still_r4(pack):
    for resource in knowledge(pack, SERVICE).values():
        shown = for_citizens(resource)
        assert set(resource) - set(shown) <= CLINICAL
        if shown["resourceType"] in r4.TYPES:
            r4.parse(shown)


def test_every_resource_has_its_words_for_people_in_its_language(pack):
    for resource in knowledge(pack, SERVICE).values():
        language = resource["language"]
        if resource["resourceType"] == "Binary":
            continue  # R4 gives a Binary no narrative; the page is one
        assert f'lang="{language}"' in resource["text"]["div"]
        if resource["resourceType"] != "DocumentReference":
            assert language == "da"


def test_a_draft_says_so_wherever_people_read_it(pack):
    for resource in knowledge(pack, SERVICE).values():
        if "text" in resource:
            said = "Kladde" if resource["language"] == "da" else "Draft"
            assert said in resource["text"]["div"]


def test_a_long_name_still_makes_a_lawful_id_and_keeps_its_address():
    long, other = "lumbar-" * 9 + "one", "lumbar-" * 9 + "two"
    topics = (a_topic(long), a_topic(other))
    pack = a_pack(long, topics=topics, handouts=(), goals=())
    found = knowledge(pack, SERVICE)
    assert len(found) == 4
    assert all(len(key.split("/")[1]) <= 64 for key in found)
    canonicals = {f"{r['url']}|{r['version']}" for r in of_kind(pack, "ActivityDefinition")}
    assert canonicals == {urls.activity_definition(long, t, pack.version) for t in (long, other)}


def test_a_pack_in_one_language_claims_no_other():
    danish = a_pack(languages=("da",), description=text("Kun på dansk."))
    plan = knowledge(danish, SERVICE)["PlanDefinition/lumbar-spinal-stenosis"]
    assert plan["language"] == "da"
    assert "_usage" not in plan
    english = knowledge(a_pack(languages=("en",)), SERVICE)["Library/lumbar-spinal-stenosis"]
    assert english["language"] == "en"
    assert english["title"].startswith("Table of contents")
    assert "Draft" in english["text"]["div"]


def test_making_a_plan_does_not_wait_for_any_of_it():
    ours = ("knowledge", "plan_definition", "activity_definition", "library", "material")
    order = (
        "import sys, service.web.encounters, service.usecases.make_plan, service.fhir.writer;"
        f"print([m for m in {ours!r} if f'service.fhir.{{m}}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", order], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
