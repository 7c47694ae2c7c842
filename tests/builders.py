"""Builders: say what matters, hide the rest. Every one makes something lawful."""

from datetime import UTC, date, datetime
from hashlib import sha1, sha256
from typing import Any

from service.domain.codes import ICD10, SNOMED, Coding
from service.domain.content import (
    Audience,
    Edition,
    GoalTemplate,
    Handout,
    HandoutCopy,
    HandoutFile,
    HandoutForm,
    Pack,
    PackState,
    Point,
    Text,
    Topic,
    TopicText,
    TranslationState,
    TriggerCode,
    Triggers,
)
from service.domain.encounter import Condition, Encounter
from service.domain.matching import Match, index_rules, match
from service.domain.plan import EducationPlan, draft_plan, outline
from service.domain.revising import Change
from service.domain.selection import select
from service.domain.teaching import Method, Outcome, Session, Teaching
from service.usecases.ports import Caller

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHANGE = Change("Practitioner/fys1", NOW)
LUMBAR = Coding(SNOMED, "18347007")
STENOSIS_ANYWHERE = Coding(ICD10, "M48.0")
NECK = Coding(SNOMED, "83561009")
HYPERTENSION = Coding(SNOMED, "38341003")
BOTH = frozenset(Edition)


def text(danish: str, english: str = "") -> Text:
    return Text({"da": danish, "en": english or danish})


def a_point(name: str, **more: Any) -> Point:
    given = {"audience": Audience.PATIENT, "editions": BOTH, "covers": (), "text": f"Om {name}."}
    return Point(id=name, **(given | more))


def a_topic(name: str, *points: Point) -> Topic:
    words = TopicText(
        title={Audience.PATIENT: f"Om {name}", Audience.PHYSIO: name.title()},
        points=points or (a_point("one"),),
        learning_objectives=(f"kunne fortælle om {name}",),
    )
    return Topic(
        id=name,
        codes=(Coding(SNOMED, "311401005"),),
        knowledge_code=None,
        texts={"da": words, "en": words},
        goals=("walk",),
        translations={"da": TranslationState.SOURCE, "en": TranslationState.CURRENT},
    )


PAGES: dict[str, bytes] = {}  # the bytes of every page that a test has made, by SHA-256


def a_page(handout: str, edition: Edition, language: str) -> bytes:
    """The bytes of a page of `a_handout`."""
    return f"<article><p>{handout}, {edition}, {language}</p></article>".encode()


def a_file(page: bytes, language: str, *copies: HandoutCopy) -> HandoutFile:
    PAGES[sha256(page).hexdigest()] = page
    return HandoutFile(
        sha256(page).hexdigest(), sha1(page).hexdigest(), len(page), language, copies
    )


def a_handout(name: str, *topics: str) -> Handout:
    """Its pages are those of `a_page`; a memory of handouts in tests/fakes.py serves them."""
    files = {
        (edition, language): a_file(a_page(name, edition, language), language)
        for edition in Edition
        for language in ("da", "en")
    }
    return Handout(id=name, title=text(f"Pjece om {name}"), topics=topics, files=files)


def a_copy(form: HandoutForm, content: bytes = b"%PDF") -> HandoutCopy:
    return HandoutCopy(form, sha256(content).hexdigest(), sha1(content).hexdigest(), len(content))


def a_pack(pack_id: str = "lumbar-spinal-stenosis", **more: Any) -> Pack:
    triggers = Triggers(
        exact=(TriggerCode(LUMBAR, text("Koden siger lænden.")),),
        possible=(TriggerCode(STENOSIS_ANYWHERE, text("Koden siger ikke hvor i ryggen.")),),
        never=(TriggerCode(NECK, text("Koden er nakkens.")),),
    )
    given: dict[str, Any] = {
        "id": pack_id,
        "version": "1.0.0",
        "sha256": "12" * 32,
        "date": date(2026, 11, 1),
        "title": {
            Audience.PATIENT: text("Spinalstenose i lænden"),
            Audience.PHYSIO: text("Lumbal spinalstenose"),
        },
        "description": text("Til prøve."),
        "publisher": "Test",
        "licence": "Test",
        "languages": ("da", "en"),
        "editions": tuple(Edition),
        "triggers": triggers,
        "topics": (a_topic("knowledge"), a_topic("prognosis"), a_topic("work")),
        "goals": (GoalTemplate("walk", text("Jeg går en tur"), ("knowledge",), BOTH),),
        "handouts": (a_handout("knowledge", "knowledge"), a_handout("all", "knowledge", "work")),
        "state": PackState.DRAFT,
        "extras": {},
    }
    return Pack(**(given | more))


def a_condition(*codings: Coding, reference: str = "Condition/c1", **more: Any) -> Condition:
    return Condition(codings=codings or (LUMBAR,), reference=reference, **more)


def an_encounter(*conditions: Condition, **more: Any) -> Encounter:
    given: dict[str, Any] = {
        "reference": "Encounter/e1",
        "patient": "Patient/p1",
        "conditions": conditions or (a_condition(),),
        "started": NOW,
        "practitioner": "Practitioner/fys1",
    }
    return Encounter(**(given | more))


def a_match(encounter: Encounter | None = None, pack: Pack | None = None) -> Match:
    found = match(encounter or an_encounter(), index_rules([pack or a_pack()], {}))
    assert found is not None
    return found


def a_plan(
    encounter: Encounter | None = None, pack: Pack | None = None, **more: Any
) -> EducationPlan:
    encounter, pack = encounter or an_encounter(), pack or a_pack()
    selection = select(pack, more.get("edition", Edition.FULL), more.get("language", "da"))
    return draft_plan(
        more.get("id", "0190a000-0000-7000-8000-000000000001"),
        more.get("tenant", "demo"),
        encounter,
        a_match(encounter, pack),
        outline(selection),
        more.get("now", NOW),
    )


def a_caller(**more: Any) -> Caller:
    given: dict[str, Any] = {"tenant": "demo", "role": "system", "name": "ehr"}
    return Caller(**(given | more))


def a_teaching(
    topic: str = "knowledge", outcome: Outcome = Outcome.TAUGHT, **more: Any
) -> Teaching:
    return Teaching(topic, outcome, **more)


def a_session(*teachings: Teaching, **more: Any) -> Session:
    """What a physiotherapist signs for the first visit: talked about, with the patient."""
    given: dict[str, Any] = {
        "encounter": "Encounter/e1",
        "at": NOW,
        "practitioner": "Practitioner/fys1",
        "edition": Edition.FULL,
        "methods": (Method.TALK,),
        "teachings": teachings or (a_teaching(),),
    }
    return Session(**(given | more))
