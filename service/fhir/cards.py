"""Cards of CDS Hooks 2.0: what the catalogue has for an encounter, and what a plan has open.

Always `info`. All topics, in the guideline's order: nothing here is chosen, ranked or worded
from what was measured, observed or understood (intended purpose). What differs between patients
is filled into a card that was written once.

Source: https://cds-hooks.hl7.org/2.0/, "CDS Service Response".
"""

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any

from service.domain.content import Pack
from service.domain.encounter import Condition, Encounter
from service.domain.matching import Confidence, Match
from service.domain.plan import EducationPlan, Outline, PlanState, draft_plan
from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.card_words import card_word, override_reasons
from service.fhir.careplan import to_careplan
from service.fhir.elements import instant, plan_urn
from service.fhir.for_record import Entry
from service.fhir.inline import inlined
from service.fhir.narrative import word
from service.fhir.template import Template, cut
from service.fhir.topic_request import to_topic_requests

NO_CARDS = b'{"cards":[]}'
LONGEST_SUMMARY = 139  # "<140 characters"
_CARD, _SUGGESTION = "__card__", "__suggestion__"
_STARTED = datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC)
_CREATED = datetime(1902, 3, 4, 5, 6, 7, tzinfo=UTC)
# Stand for what differs; an id of FHIR has no underscore.
_MARKS = Encounter(
    reference="Encounter/__encounter__",
    patient="Patient/__subject__",
    conditions=(),
    started=_STARTED,
    practitioner="Practitioner/__practitioner__",
    organization="Organization/__organization__",
    episode="EpisodeOfCare/__episode__",
)
_CONDITION = "Condition/__condition__"
_TOLD = ("reference", "patient", "practitioner", "organization", "episode")
_MOST = 500  # cards kept: packs × editions × languages × codes × what encounters name


@dataclass(frozen=True, slots=True)
class CardWriter:
    """Writes cards. `encode` writes JSON, `new_uuid` names a card."""

    encode: Callable[[object], bytes]
    new_uuid: Callable[[], str]
    _cards: dict[tuple[object, ...], Template] = field(default_factory=dict, init=False)

    def offer(
        self,
        encounter: Encounter,
        found: Match,
        common: Outline,
        tenant: str,
        launch_url: str,
        now: datetime,
    ) -> bytes:
        """Return the card for a patient who has no plan on the pack, with the plan to create."""
        named = tuple(bool(getattr(encounter, name)) for name in _TOLD)
        key = (
            *(common.pack.sha256, common.edition, common.language, launch_url, found.confidence),
            *(found.coding.system, found.coding.code, bool(found.condition.reference), named),
        )
        card = self._cards.get(key)
        if card is None:
            card = _cut(self.encode, encounter, found, common, launch_url)
            if len(self._cards) >= _MOST:
                self._cards.clear()
            self._cards[key] = card
        at, began = encounter.reference or encounter.patient, encounter.started or now
        told = {name: getattr(encounter, name) for name in _TOLD}
        return card.fill(
            told
            | {
                "card": self.new_uuid(),
                "suggestion": self.new_uuid(),
                "condition": found.condition.reference,
                "identity": urls.urn(tenant, at, common.pack.id, "suggestion"),
                "started": instant(began),
                "day": _day(began),
                "created": instant(now),
            }
        )

    def reminder(self, plan: EducationPlan, pack: Pack | None, launch_url: str) -> bytes | None:
        """Return the card for a plan that stands; None when no topic of it is open."""
        still = [topic for topic in plan.topics if not topic.state.is_resolved]
        if not still or not plan.is_open:
            return None
        order = [topic.id for topic in (pack or plan).topics]  # the guideline's own
        still.sort(key=lambda t: order.index(t.id) if t.id in order else len(order))
        say = plan.language
        summary = card_word(say, "open").format(len(still), len(plan.topics))
        detail = _detail(plan, "open-topics", (topic.title for topic in still))
        context = {"pack": plan.pack.id, "plan": plan.id}
        card = _card(say, summary, detail, _links(self.encode, say, launch_url, context))
        return self.encode(card | {"uuid": self.new_uuid()})


def _cut(
    encode: Callable[[object], bytes],
    encounter: Encounter,
    found: Match,
    common: Outline,
    launch_url: str,
) -> Template:
    unsaid: dict[str, Any] = {name: "" for name in _TOLD if not getattr(encounter, name)}
    marked = replace(_MARKS, **unsaid)
    condition = Condition((), _CONDITION if found.condition.reference else "")
    match = replace(found, condition=condition)
    plan = draft_plan("suggested", "", marked, match, common, _CREATED)
    # Accepted, it is a draft in the record: a plan is what a clinician makes of it.
    plan = replace(plan, state=PlanState.PROPOSED, goals=(), handouts=())
    marks = {name: getattr(_MARKS, name) for name in _TOLD} | {
        "card": _CARD,
        "suggestion": _SUGGESTION,
        "condition": _CONDITION,
        "identity": plan_urn(plan),
        "started": instant(_STARTED),
        "day": _day(_STARTED),
        "created": instant(_CREATED),
    }
    return cut(encode(_offer(encode, plan, found, launch_url)), marks)


def _day(at: datetime) -> str:
    """As the narrative of a CarePlan has it."""
    return f"{at.day:02}.{at.month:02}.{at.year}"


def _offer(
    encode: Callable[[object], bytes], plan: EducationPlan, found: Match, launch_url: str
) -> dict[str, Any]:
    say = plan.language
    possible = found.confidence is Confidence.POSSIBLE
    words = card_word(say, "possible" if possible else "offer")
    detail = _detail(plan, "topics", (topic.title for topic in plan.topics))
    if plan.reason.why and possible:
        detail = f"{plan.reason.why}\n\n{detail}"
    action = {
        "type": "create",
        "description": card_word(say, "create"),
        "resource": suggested(plan),
    }
    context = {"pack": plan.pack.id, "version": plan.pack.version}
    return {
        "uuid": _CARD,
        **_card(
            say,
            _short(words, plan.pack.title),
            detail,
            _links(encode, say, launch_url, context),
        ),
        "suggestions": [
            {"label": card_word(say, "suggestion"), "uuid": _SUGGESTION, "actions": [action]}
        ],
        "selectionBehavior": "at-most-one",
    }


def suggested(plan: EducationPlan) -> dict[str, Any]:
    """The plan as one resource that needs no other: its topics inside (edu-careplan-inline).

    Goals are left out, for nobody has agreed to them, and handouts, for they are resources.
    """
    requests = (each for topic in plan.topics for each in to_topic_requests(plan, topic))
    careplan = Entry(plan_urn(plan), dict(to_careplan(plan)))
    entries = [careplan, *(Entry(urn, dict(request)) for urn, request in requests)]
    resource = inlined(entries)[0].resource
    if not plan.visits[0].encounter:
        resource = {key: value for key, value in resource.items() if key != "encounter"}
    return resource


def _card(say: str, summary: str, detail: str, links: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "indicator": "info",
        "source": {
            "label": card_word(say, "source"),
            "topic": {
                "system": urls.CATEGORY,
                "code": "education-plan",
                "display": word(say, "plan"),
            },
        },
        "detail": detail,
        "overrideReasons": override_reasons(say),
        **links,
    }


def _detail(plan: EducationPlan, heading: str, titles: Iterable[str]) -> str:
    """GitHub Flavored Markdown, of the pack's words alone."""
    say, pack = plan.language, plan.pack
    lines = [f"**{word(say, 'draft')}**", ""] if pack.is_draft else []
    lines += [f"{card_word(say, heading)}:", "", *(f"- {title}" for title in titles), ""]
    lines.append(f"{card_word(say, 'version')}: {pack.title} {pack.version}")
    return "\n".join(lines)


def _links(
    encode: Callable[[object], bytes], say: str, launch_url: str, context: dict[str, str]
) -> dict[str, Any]:
    if not launch_url:
        return {}
    link = {"label": card_word(say, "link"), "url": launch_url, "type": "smart"}
    return {"links": [link | {"appContext": encode(context).decode()}]}


def _short(words: str, title: str) -> str:
    """The words around the title, of which as much stands as there is room for."""
    room = LONGEST_SUMMARY - len(words.format(""))
    return words.format(title if len(title) <= room else f"{title[: room - 1]}…")
