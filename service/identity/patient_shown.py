"""Name and birth date of a launch's Patient, for the banner and for nothing else.

Read once with the launch's own token, where the clinic wants it and the record granted it. What
comes back goes to the browser that launched, sealed (web/banner.py), and is kept nowhere here.

Source: R4 Patient, HumanName; SMART App Launch 2.2, `need_patient_banner`, "Scopes".
"""

import re
from collections.abc import Mapping
from typing import Any

from service.identity.smart_server import Ask, NoReply

SCOPE = "patient/Patient.r"
_GRANTS = re.compile(r"patient/(?:Patient|\*)\.(?:c?r[uds]{0,3}|read|\*)")  # of SMART 2 and 1
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LONGEST = 100  # characters of a name
_FORMER = ("old", "maiden", "nickname", "anonymous", "temp")
_FHIR = "application/fhir+json"


def patient_shown(ask: Ask, iss: str, patient: str, context: Mapping[str, Any]) -> str:
    """Return `name, dd.mm.yyyy` of the patient (`Patient/id`), or "" when it cannot be read."""
    granted = context.get("scope")
    if not isinstance(granted, str) or not any(map(_GRANTS.fullmatch, granted.split())):
        return ""
    headers = {"Accept": _FHIR, "Authorization": f"Bearer {context['access_token']}"}
    try:
        answer = ask("GET", f"{iss}/{patient}", headers, None)
    except NoReply:
        return ""  # nobody waits for a name: the banner has the id
    found = answer.body if answer.status == 200 else None
    if found is None or found.get("resourceType") != "Patient":
        return ""
    if f"Patient/{found.get('id')}" != patient:
        return ""  # another patient's name would be worse than none
    return ", ".join(filter(None, (_name(found.get("name")), _born(found.get("birthDate")))))


def _name(told: Any) -> str:
    names = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    names = [each for each in names if each.get("use") not in _FORMER]
    names.sort(key=lambda each: each.get("use") != "official")  # stable
    return next(filter(None, map(_written, names)), "")


def _written(name: dict[str, Any]) -> str:
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else ()), name.get("family")]
    text = " ".join(part for part in parts if isinstance(part, str) and part)
    whole = text or name.get("text")
    if not isinstance(whole, str) or not whole.isprintable():
        return ""
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"


def _born(told: Any) -> str:
    found = _DATE.fullmatch(told) if isinstance(told, str) else None
    return f"{found[3]}.{found[2]}.{found[1]}" if found else ""
