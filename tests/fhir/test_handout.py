"""A handout as DocumentReference: the page first, then its PDFs, each pinned by its own hash."""

import base64
from dataclasses import replace

import orjson

from service.domain.content import HandoutForm
from service.fhir import r4, urls
from service.fhir.bundle import to_bundle
from service.fhir.elements import handouts_of
from service.fhir.handout import form_path, to_handout
from service.store.plan_json import from_row, to_json
from tests.builders import a_copy, a_pack, a_plan

SERVICE = "https://education.example"
PDF = a_copy(HandoutForm.PDF, b"%PDF normal")
LARGE = a_copy(HandoutForm.LARGE, b"%PDF in large type")
TEXT = a_copy(HandoutForm.TEXT, b"words")


def printed(plan, *copies):
    """The plan as if the pack's pages had these copies when it was made."""
    return replace(plan, handouts=tuple(replace(h, copies=copies) for h in plan.handouts))


def contents(plan):
    document = to_handout(plan, plan.handouts[0], SERVICE)
    r4.parse(document)
    return [content["attachment"] for content in document["content"]]


def test_without_copies_there_is_the_page_alone():
    (page,) = contents(a_plan())
    assert page["contentType"] == "text/html"


def test_the_pdfs_stand_after_the_page_with_their_own_hashes_and_sizes():
    plan = printed(a_plan(), TEXT, PDF, LARGE)
    page, *pdfs = contents(plan)
    assert page == contents(a_plan())[0]
    assert [each["contentType"] for each in pdfs] == ["application/pdf"] * 2
    for attachment, copy in zip(pdfs, (PDF, LARGE), strict=True):
        assert attachment["extension"] == [{"url": urls.EXT_SHA256, "valueString": copy.sha256}]
        assert base64.b64decode(attachment["hash"]).hex() == copy.sha1
        assert attachment["size"] == copy.size
        assert attachment["language"] == "da"
    assert [each["title"] for each in pdfs] == [
        "Pjece om knowledge (PDF)",
        "Pjece om knowledge (PDF med stor skrift)",
    ]


def test_every_form_is_addressed_by_the_hash_of_the_page():
    plan = printed(a_plan(), PDF, LARGE)
    sha256 = plan.handouts[0].sha256
    tail = f"?edition=full&language=da&sha256={sha256}"
    path = f"{SERVICE}/api/v1/packs/lumbar-spinal-stenosis/handouts/knowledge"
    assert [each["url"] for each in contents(plan)] == [
        f"{path}.html{tail}",
        f"{path}.pdf{tail}",
        f"{path}.pdf{tail}&type=large",
    ]
    text = form_path("p", "h", "full", "da", sha256, HandoutForm.TEXT)
    assert text == f"/api/v1/packs/p/handouts/h.txt{tail}"


def test_the_same_text_has_one_identity_with_and_without_pdfs():
    assert [urn for _, urn in handouts_of(printed(a_plan(), PDF))] == [
        urn for _, urn in handouts_of(a_plan())
    ]


def test_a_new_plan_pins_the_forms_there_are():
    pack = a_pack()
    handouts = tuple(
        replace(h, files={key: replace(f, copies=(TEXT, PDF)) for key, f in h.files.items()})
        for h in pack.handouts
    )
    plan = a_plan(pack=replace(pack, handouts=handouts))
    assert {handout.copies for handout in plan.handouts} == {(TEXT, PDF)}
    bundle = to_bundle(plan, service_url=SERVICE, caller="ehr")
    documents = [
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "DocumentReference"
    ]
    assert [len(document["content"]) for document in documents] == [2, 2]


def test_a_plan_comes_back_with_its_copies_and_an_older_row_without():
    plan = printed(a_plan(), PDF)
    row = orjson.loads(to_json(plan))
    assert from_row(row) == plan
    for handout in row["handouts"]:
        del handout["copies"]
    assert from_row(row) == a_plan()
