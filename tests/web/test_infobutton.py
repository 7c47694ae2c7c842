"""Infobutton: a code comes in, what there is to read goes out, and nobody is named."""

from urllib.parse import urlencode

import pytest
from lxml import etree

from service.domain.content import Audience, Edition
from service.web.parts import Clinic
from tests.builders import a_pack, a_point, a_topic
from tests.conftest import JSON, SERVICE_URL
from tests.posted import FAMILY, GIVEN, SYNTHETIC_CPR

SNOMED_OID, ICD10_OID, SKS_OID = (
    "2.16.840.1.113883.6.96",
    "2.16.840.1.113883.6.3",
    "1.2.208.176.2.4.12",
)
ATOM = "{http://www.w3.org/2005/Atom}"
FORM = "application/x-www-form-urlencoded"
LUMBAR = {"mainSearchCriteria.v.cs": SNOMED_OID, "mainSearchCriteria.v.c": "18347007"}
ANYWHERE = {"mainSearchCriteria.v.cs": ICD10_OID, "mainSearchCriteria.v.c": "M48.0"}
HANDOUTS = ["Pjece om knowledge", "Pjece om all"]


def ask(web, told, kind=JSON, role="system", **headers):
    query = urlencode(told if isinstance(told, list) else list(told.items()))
    more = {"knowledgeResponseType": kind} if kind else {}
    address = f"/infobutton?{query}&{urlencode(more)}"
    return web.client.get(address, headers=web.headers(role) | headers)


def entries(answer):
    assert answer.status_code == 200, answer.text
    return answer.json["feed"]["entry"]


def titles(answer):
    return [entry["title"]["_value"] for entry in entries(answer)]


# What is found


def test_a_code_gives_the_handouts_of_its_pack(web):
    assert titles(ask(web, LUMBAR)) == HANDOUTS


@pytest.mark.parametrize(
    ("system", "code", "found"),
    [
        (SNOMED_OID, "18347007", True),
        ("http://snomed.info/sct", "18347007", True),
        (f"urn:oid:{SNOMED_OID}", "18347007", True),
        (SNOMED_OID, "38341003", False),
        (SNOMED_OID, "83561009", False),  # the neck
        (ICD10_OID, "18347007", False),
        ("2.16.840.1.113883.6.1", "18347007", False),  # LOINC
        ("", "18347007", False),
        ("banana", "18347007", False),
    ],
)
def test_a_code_means_what_its_system_says(web, system, code, found):
    told = {"mainSearchCriteria.v.cs": system, "mainSearchCriteria.v.c": code}
    assert bool(titles(ask(web, told))) == found


def test_what_no_pack_covers_is_an_empty_feed(web):
    told = LUMBAR | {"mainSearchCriteria.v.c": "38341003"}
    assert entries(ask(web, told)) == []
    feed = etree.fromstring(ask(web, told, "text/xml").data)
    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}title") == "Patientuddannelse"


@pytest.mark.parametrize(
    "names", ["mainSearchCriteria{n}.v.{of}", "mainSearchCriteria.v.{of}{n}", None]
)
def test_several_codes_may_be_asked_for_at_once(make_web, names):
    web = make_web(a_pack(), a_pack("second", triggers=a_pack().triggers, handouts=()))
    codes = [("38341003", SNOMED_OID), ("18347007", SNOMED_OID)]
    shape = names or "mainSearchCriteria.v.{of}"
    told = [
        (shape.format(n=n, of=of), value)
        for n, pair in enumerate(codes, 1)
        for of, value in zip(("c", "cs"), pair, strict=True)
    ]
    assert titles(ask(web, told)) == HANDOUTS


def test_a_code_that_may_mean_it_shows_its_pack_to_a_clinician_only(web):
    assert titles(ask(web, ANYWHERE)) == []
    assert titles(ask(web, ANYWHERE | {"performer": "PAT"})) == []
    shown = ask(web, ANYWHERE | {"performer": "PROV"})
    assert titles(shown) == HANDOUTS
    assert "Koden siger ikke hvor i ryggen." in entries(shown)[0]["summary"]["_value"]
    danish = {"mainSearchCriteria.v.cs": SKS_OID, "mainSearchCriteria.v.c": "DM480"}
    assert titles(ask(web, danish | {"performer": "PROV"})) == HANDOUTS


def test_a_clinician_gets_the_wording_for_clinicians_and_a_patient_never(make_web):
    physio = a_point("two", audience=Audience.PHYSIO, text="Til *fysioterapeuten*.")
    web = make_web(a_pack(topics=(a_topic("knowledge", a_point("one"), physio),)))
    (entry,) = entries(ask(web, LUMBAR | {"informationRecipient": "PROV"}))
    assert entry["title"]["_value"] == "Knowledge"
    assert "Til <em>fysioterapeuten</em>." in entry["summary"]["_value"]
    assert "fysioterapeuten" not in ask(web, LUMBAR | {"informationRecipient": "PAT"}).text
    assert "fysioterapeuten" not in ask(web, LUMBAR).text


@pytest.mark.parametrize(
    ("told", "language"),
    [("en", "en"), ("en-GB", "en"), ("eng", "en"), ("da", "da"), ("dan", "da"), ("", "da")],
)
def test_the_language_is_the_one_that_is_asked_for(web, told, language):
    found = entries(ask(web, LUMBAR | {"informationRecipient.languageCode.c": told}))
    assert {entry["lang"] for entry in found} == {language}


def test_the_clinic_decides_what_is_not_said(make_web):
    web = make_web(clinic=Clinic(Edition.PIXI, "en"))
    assert {entry["lang"] for entry in entries(ask(web, LUMBAR))} == {"en"}
    assert "pixi" in web.client.get(local(entries(ask(web, LUMBAR))[0])).text


def test_nothing_about_the_person_changes_the_answer(web):
    """Catalogue: taken, because calls have it, and never read."""
    person = {
        "age.v.v": "91",
        "age.v.u": "a",
        "patientPerson.administrativeGenderCode.c": "M",
        "taskContext.c.c": "PROBLISTREV",
        "subTopic.v.c": "Q000628",
        "representedOrganization.id.root": "1.2.3",
        "mainSearchCriteria.v.dn": "Spinal stenosis",
        "severityObservation.interpretationCode.c": "H",
    }
    assert ask(web, LUMBAR | person).data == ask(web, LUMBAR).data


# As MedlinePlus Connect is called

CALLS = (
    "mainSearchCriteria.v.cs=2.16.840.1.113883.6.96&mainSearchCriteria.v.c=18347007",
    "mainSearchCriteria.v.c=18347007&mainSearchCriteria.v.cs=2.16.840.1.113883.6.96"
    "&mainSearchCriteria.v.dn=Lumbar+stenosis&informationRecipient.languageCode.c=en",
    "taskContext.c.c=PROBLISTREV&mainSearchCriteria.v.cs=2.16.840.1.113883.6.96"
    "&mainSearchCriteria.v.c=18347007&informationRecipient=PAT&performer=PROV"
    "&informationRecipient.languageCode.c=sp&age.v.v=70&age.v.u=a",
)


@pytest.mark.parametrize("query", CALLS)
def test_calls_of_medlineplus_connect_are_understood_as_they_are(web, query):
    answer = web.client.get(f"/infobutton?{query}", headers=web.headers())
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.data)
    assert len(feed.findall(f"{ATOM}entry")) == 2
    wanted = web.client.get(
        f"/infobutton?{query}&knowledgeResponseType=application/json", headers=web.headers()
    )
    assert len(entries(wanted)) == 2


def test_an_atom_feed_has_what_the_rfc_asks_for(web):
    feed = etree.fromstring(ask(web, LUMBAR, "text/xml").data)
    for holder in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert holder.findtext(f"{ATOM}{name}"), name
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}link").get("rel") == "alternate"
        assert "<ul>" in entry.findtext(f"{ATOM}summary")
    told = [(each.get("scheme"), each.get("term")) for each in feed.findall(f"{ATOM}category")]
    assert told == [
        ("mainSearchCriteria.v.c", "18347007"),
        ("mainSearchCriteria.v.cs", SNOMED_OID),
        ("informationRecipient", "PAT"),
    ]


def test_both_forms_say_the_same(web):
    feed = etree.fromstring(ask(web, LUMBAR, "text/xml").data)
    for entry, same in zip(feed.findall(f"{ATOM}entry"), entries(ask(web, LUMBAR)), strict=True):
        assert entry.findtext(f"{ATOM}title") == same["title"]["_value"]
        assert entry.findtext(f"{ATOM}summary") == same["summary"]["_value"]
        assert entry.find(f"{ATOM}link").get("href") == same["link"][0]["href"]


@pytest.mark.parametrize(
    ("kind", "accept", "got"),
    [
        ("", "*/*", "application/atom+xml; charset=utf-8"),
        ("", JSON, JSON),
        ("text/xml", JSON, "text/xml; charset=utf-8"),
        (JSON, "text/html", JSON),
    ],
)
def test_the_form_is_by_parameter_then_by_accept(web, kind, accept, got):
    assert ask(web, LUMBAR, kind, Accept=accept).content_type == got


def test_a_form_may_be_posted(web):
    told = urlencode(LUMBAR | {"knowledgeResponseType": JSON})
    headers = web.headers() | {"Content-Type": FORM}
    assert titles(web.client.post("/infobutton", data=told, headers=headers)) == HANDOUTS
    headers |= {"Content-Type": JSON}
    assert web.client.post("/infobutton", data=b"{}", headers=headers).status_code == 415


# What is refused

PERSONS = {
    "patientPerson.name.family": FAMILY,
    "patientPerson.name.given": GIVEN,
    "patientPerson.id.extension": SYNTHETIC_CPR,
    "recordTarget.patientRole.id": SYNTHETIC_CPR,
    "recordTarget.patientRole.patient.birthTime": "19510101",
    "patient.id": "p1",
    "patientPerson.telecom.value": "12345678",
    "subject.identifier": SYNTHETIC_CPR,
    "mrn": "7",
    "cpr": SYNTHETIC_CPR,
    "patientName": FAMILY,
}


@pytest.mark.parametrize("name", PERSONS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_the_patient_is_is_refused_and_not_repeated(web, name, method):
    told = urlencode(LUMBAR | {name: PERSONS[name]})
    sent = {"query_string": told} if method == "GET" else {"data": told, "content_type": FORM}
    answer = web.client.open("/infobutton", method=method, headers=web.headers(), **sent)
    assert (answer.status_code, answer.json["code"]) == (400, "identifies-patient")
    assert PERSONS[name] not in answer.text or PERSONS[name] in ("7", "p1")


@pytest.mark.parametrize(
    ("told", "status", "pointer"),
    [
        ({}, 422, "?mainSearchCriteria.v.c"),
        ({"mainSearchCriteria.v.cs": SNOMED_OID}, 422, "?mainSearchCriteria.v.c"),
        (LUMBAR | {"informationRecipient": "PAYOR"}, 422, "?informationRecipient"),
        (
            LUMBAR | {"informationRecipient.languageCode.c": "<x>"},
            422,
            "?informationRecipient.languageCode.c",
        ),
        (LUMBAR | {"performer": "x"}, 422, "?performer"),
        (
            {f"mainSearchCriteria{n}.v.c": str(10_000_000 + n) for n in range(21)},
            422,
            "?mainSearchCriteria.v.c",
        ),
    ],
)
def test_a_parameter_that_is_wrong_is_told(web, told, status, pointer):
    answer = ask(web, told)
    assert (answer.status_code, answer.json["pointer"]) == (status, pointer)


@pytest.mark.parametrize("kind", ["application/javascript", "text/html", "banana"])
def test_nothing_is_answered_as_a_script(web, kind):
    assert ask(web, LUMBAR, kind).status_code == 406


def test_words_and_unknown_codes_are_not_repeated(web):
    told = LUMBAR | {"mainSearchCriteria.v.c": f"{FAMILY}<b>", "mainSearchCriteria.v.dn": GIVEN}
    for kind in (JSON, "text/xml"):
        answer = ask(web, told, kind)
        assert answer.status_code == 200
        assert FAMILY not in answer.text
        assert GIVEN not in answer.text


# The pages


def local(entry):
    return entry["link"][0]["href"].removeprefix(SERVICE_URL)


def test_a_link_of_the_feed_opens_its_page_in_a_browser(web):
    for entry in entries(ask(web, LUMBAR)):
        assert entry["link"][0]["href"].startswith(f"{SERVICE_URL}/infobutton/handouts/")
        page = web.client.get(local(entry))
        assert (page.status_code, page.mimetype) == (200, "text/html")
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.partition("?")[0],
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.replace("key=", "key=b3RoZXI."),
        lambda link: link.partition("?")[0] + "?key=%00",
        lambda link: link.partition("?")[0] + "?key=" + "é" * 9,
        lambda link: "/infobutton/handouts/" + "0" * 64 + ".html?" + link.partition("?")[2],
    ],
    ids=["no key", "nearly the key", "another clinic", "a null", "not base64", "another page"],
)
def test_without_its_key_no_page_opens(web, change):
    answer = web.client.get(change(local(entries(ask(web, LUMBAR))[0])))
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_a_key_of_one_page_opens_no_other(web):
    first, second = (local(entry) for entry in entries(ask(web, LUMBAR)))
    mixed = second.partition("?")[0] + "?" + first.partition("?")[2]
    assert web.client.get(mixed).status_code == 404
