"""The small FHIR elements that every resource of ours is built of."""

from datetime import UTC, datetime
from functools import lru_cache

from service.domain.codes import Coding
from service.domain.goal import Goal
from service.domain.plan import EducationPlan, PinnedPack, PlannedHandout, PlannedTopic
from service.domain.teaching import Round
from service.fhir import urls

JsonObject = dict[str, object]


def instant(at: datetime) -> str:
    """The one time form we write: UTC, whole seconds, `Z` (decision 3)."""
    return f"{at.astimezone(UTC).isoformat()[:19]}Z"


def reference(target: str) -> JsonObject:
    return {"reference": target}


def identifier(value: str) -> JsonObject:
    return {"system": urls.URI, "value": value}


def coding(code: Coding) -> JsonObject:
    """System and code only: displays have owners (decision 5), and may name a person."""
    return {"system": code.system, "code": code.code}


def own_code(system: str, code: str, text: str = "") -> JsonObject:
    """A concept of a code system of ours (or HL7's), with our own words for it."""
    concept: JsonObject = {"coding": [{"system": system, "code": code}]}
    return concept | {"text": text} if text else concept


def system_as(name: str, display: str) -> JsonObject:
    """A system that stands where the record's own resources would: a logical reference."""
    return {"type": "Device", "identifier": {"value": name}, "display": display}


RESTRICTED: JsonObject = {"system": urls.CONFIDENTIALITY, "code": "R"}  # for clinicians only


def edition_extension(edition: str) -> JsonObject:
    return {"url": urls.EXT_EDITION, "valueCode": edition}


def episode_extension(episode: str) -> JsonObject:
    return {"url": urls.EXT_EPISODE, "valueReference": reference(episode)}


def plan_urn(plan: EducationPlan) -> str:
    return _urn(plan, "plan")


def topic_urn(plan: EducationPlan, topic: PlannedTopic) -> str:
    return _urn(plan, f"topic.{topic.id}")


def round_urn(plan: EducationPlan, topic: PlannedTopic, asked: Round) -> str:
    """A topic that is asked for once more is a request of its own (R4 request pattern)."""
    if asked.opened_by == 0:
        return topic_urn(plan, topic)
    return _urn(plan, f"round.{asked.opened_by}")


def numbered_urn(plan: EducationPlan, role: str, number: int) -> str:
    """Of a session or a teaching: `teaching`, `teach-back`, `mood`, `job` or `note`."""
    return _urn(plan, f"{role}.{number}")


def goal_urn(plan: EducationPlan, goal: Goal) -> str:
    return _urn(plan, f"goal.{goal.id}")


def revision_urn(plan: EducationPlan, role: str) -> str:
    """What is made anew with every revision: `bundle`, `provenance`, `provenance-entry`."""
    return _urn(plan, f"{role}.{plan.revision}")


def shared_by_urns(plan: EducationPlan) -> str:
    """The characters of all of the above that are the plan's, between `urn:uuid:` and the rest."""
    return urls.shared_by_all_of(plan.tenant, plan.id)


def _urn(plan: EducationPlan, role: str) -> str:
    """The same plan has the same identities in every Bundle and at every EHR.

    That is what makes writing it twice harmless (decision 11).
    """
    return f"urn:uuid:{shared_by_urns(plan)}{urls.own_part_of(role)}"


@lru_cache(maxsize=1024)
def handout_urn(pack: PinnedPack, edition: str, language: str, handout: PlannedHandout) -> str:
    """A handout is nobody's own: one text has one identity, whichever plan names it."""
    return urls.urn("handout", pack.id, handout.id, edition, language, handout.sha256)


def handouts_of(plan: EducationPlan) -> list[tuple[PlannedHandout, str]]:
    """The plan's handouts with their urns."""
    return [
        (handout, handout_urn(plan.pack, plan.edition.value, plan.language, handout))
        for handout in plan.handouts
    ]
