"""What each definition of one version of a pack says of itself: its name, state and vouchers.

PlanDefinition, ActivityDefinition and Library share these elements in R4. Computed from
the pack alone; nothing here knows a patient.
"""

import re
from hashlib import sha256
from typing import Any

from service.domain.content import Audience, Pack, PackState
from service.fhir import urls
from service.fhir.careplan import PATIENT_EDUCATION
from service.fhir.elements import JsonObject, coding
from service.fhir.narrative import word
from service.fhir.translation import main_language, string

# https://hl7.org/fhir/R4/valueset-publication-status.html; a pack whose review is due may
# still be used, and one whose review is past may not.
STATUS = {
    PackState.DRAFT: "draft",
    PackState.IN_REVIEW: "draft",
    PackState.APPROVED: "active",
    PackState.REVIEW_DUE: "active",
    PackState.EXPIRED: "retired",
    PackState.WITHDRAWN: "retired",
}
_WORD = {
    PackState.DRAFT: "draft",
    PackState.IN_REVIEW: "draft",
    PackState.EXPIRED: "expired",
    PackState.WITHDRAWN: "withdrawn",
}
_SIGNED = (PackState.APPROVED, PackState.REVIEW_DUE, PackState.EXPIRED)
_FOCUS: JsonObject = {
    "system": "http://terminology.hl7.org/CodeSystem/usage-context-type",
    "code": "focus",
}
_LONGEST_ID = 64


def named(pack: Pack, kind: str, *ids: str) -> JsonObject:
    """Return type, id, language, url, version and name of the definition of these ids.

    The url stands without its version, as it does on every canonical resource. `name` is
    one that a program can use (R4 invariants pdf-0, adf-0 and lib-0).
    """
    return {
        "resourceType": kind,
        "id": short("-".join(ids)),
        "language": main_language(pack),
        "url": f"{urls.BASE}/{kind}/{'-'.join(ids)}",
        "version": pack.version,
        "name": computer_name(*ids),
    }


def published(pack: Pack) -> JsonObject:
    """Return status, publication, licence, what it is about, and who vouches for it."""
    return {
        "status": STATUS[pack.state],
        "experimental": False,
        "date": pack.date.isoformat(),
        "publisher": pack.publisher,
        "copyright": pack.licence,
        "topic": [PATIENT_EDUCATION],
        **_use_context(pack),
        **_approval(pack),
    }


def conditions(pack: Pack) -> list[JsonObject]:
    """The conditions the pack is surely about; a concept each, for they need not be one."""
    return [{"coding": [coding(code.coding)]} for code in pack.triggers.exact]


def warning(pack: Pack) -> str:
    """What a reader must know of a pack that is not approved, in its language; else ""."""
    name = _WORD.get(pack.state)
    return word(main_language(pack), name) if name else ""


def computer_name(*ids: str) -> str:
    """A name of letters and digits that begins with a capital letter (R4 invariant pdf-0)."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(ids))
    name = "".join(word[0].upper() + word[1:] for word in words)
    return (name if name[:1].isalpha() else f"Pack{name}")[:255]


def short(name: str) -> str:
    """The name as an R4 id of at most 64 characters; a longer one ends in its hash."""
    if len(name) <= _LONGEST_ID:
        return name
    return f"{name[:47]}-{sha256(name.encode()).hexdigest()[:16]}"


def _use_context(pack: Pack) -> JsonObject:
    words = string("text", pack.title[Audience.PHYSIO], main_language(pack))
    focus = [{"code": _FOCUS, "valueCodeableConcept": each | words} for each in conditions(pack)]
    return {"useContext": focus} if focus else {}


def _approval(pack: Pack) -> JsonObject:
    """What signatures over this very text say, and nothing where there is none."""
    approvals: Any = pack.extras.get("approvals") or {"signatures": ()}
    current = [s for s in approvals["signatures"] if s["sha256"] == approvals["signed_sha256"]]
    authors = [s for s in current if s["role"] == "author"]
    reviewers = [s for s in current if s["role"] != "author"]
    said: JsonObject = {"author": _contacts(authors), "reviewer": _contacts(reviewers)}
    if reviewers:
        said["lastReviewDate"] = max(s["date"] for s in reviewers)
    if current and pack.state in _SIGNED:
        approved = max(s["date"] for s in current)
        said["approvalDate"] = approved
        if approved <= approvals["review_due"]:  # R4 per-1: a period does not end before it starts
            said["effectivePeriod"] = {"start": approved, "end": approvals["review_due"]}
    return {element: value for element, value in said.items() if value}


def _contacts(signatures: list[Any]) -> list[JsonObject]:
    return [{"name": name} for name in dict.fromkeys(s["name"] for s in signatures)]
