"""The parameters of an Infobutton request, as HL7's URL-based guide (release 4) names them.

MedlinePlus Connect takes the same ones, so its calls are understood as they are. What tells of
age, sex, task or place is taken and never read; what says who the patient is, is refused, for
addresses end up in logs.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from flask import request

from service.domain.codes import Coding
from service.domain.content import Audience, Edition
from service.domain.errors import (
    IdentifiesPatient,
    InvalidField,
    NotAcceptable,
    WrongContentType,
)
from service.usecases.find_material import Question

FORM = "application/x-www-form-urlencoded"
ATOM, XML, JSON = "application/atom+xml", "text/xml", "application/json"
MOST = 20  # criteria

# `mainSearchCriteria.v.c`, and repeated as `mainSearchCriteria1.v.c` or `mainSearchCriteria.v.c1`.
_CRITERION = re.compile(r"mainSearchCriteria([0-9]{0,2})\.v\.(c|cs|dn|ot)([0-9]{0,2})")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_TWO_LETTERS = {"dan": "da", "eng": "en", "spa": "es", "sp": "es"}  # `sp` is MedlinePlus's own
_PERSON = ("patient", "recordtarget", "subject")
_IDENTIFYING = {
    *("name", "family", "given", "id", "identifier", "birthtime", "birthdate", "dateofbirth"),
    *("telecom", "addr", "address", "phone", "email", "ssn", "mrn", "cpr"),
}
# Words of HL7's that an error may repeat; any other may be a name itself.
_TOLD = {*_IDENTIFYING, *_PERSON, "patientperson", "patientrole", "extension", "root", "value"}
_BARE = {f"{of}{what}" for of in ("", "patient") for what in _IDENTIFYING} - {"id", "identifier"}

Pairs = list[tuple[str, list[str]]]


class Asked(NamedTuple):
    """A question, and the kind of answer that is wanted."""

    question: Question
    kind: str


def asked(edition: Edition, language: str) -> Asked:
    """Return what this request asks; `edition` and `language` are the clinic's.

    Raises:
        IdentifiesPatient: a parameter is for a name, a number or the like.
        InvalidField: there is no code, or a parameter is wrong.
        WrongContentType: a POST that is no form. NotAcceptable: another kind of answer.
    """
    pairs = _pairs()
    for name, _ in pairs:
        _refuse_person(name)
    told = {name: values[0].strip() for name, values in pairs}
    recipient = _role(told, "informationRecipient", "PAT")
    audience = Audience.PATIENT if recipient == "PAT" else Audience.PHYSIO
    by_clinician = "PROV" in (recipient, _role(told, "performer", ""))
    question = Question(
        codes=_codes(pairs),
        audience=audience,
        by_clinician=by_clinician,
        language=_language(told) or language,
        edition=edition,
    )
    return Asked(question, _kind(told.get("knowledgeResponseType", "")))


def _pairs() -> Pairs:
    if request.method != "POST":
        return list(request.args.lists())
    if request.mimetype != FORM:
        raise WrongContentType(f"the body must be {FORM}", how_to_fix=f"Send {FORM}, or GET.")
    return [*request.args.lists(), *request.form.lists()]


def _refuse_person(name: str) -> None:
    parts = name.lower().replace("_", "").split(".")
    about_person = parts[0].startswith(_PERSON) and not _IDENTIFYING.isdisjoint(parts[1:])
    if about_person or parts[0] in _BARE:
        raise IdentifiesPatient(
            "a parameter says who the patient is",
            pointer=f"?{name}" if _TOLD.issuperset(parts) else "?",
        )


def _codes(pairs: Pairs) -> tuple[Coding, ...]:
    """Each criterion once, in the order of their numbers."""
    found: dict[tuple[int, int], dict[str, str]] = {}
    for name, values in pairs:
        if told := _CRITERION.fullmatch(name):
            number = int(told[1] or told[3] or 0)
            for turn, value in enumerate(values):
                found.setdefault((number, turn), {})[told[2]] = value.strip()
    codes = [_coding(found[place]) for place in sorted(found) if found[place].get("c")]
    if not codes:
        raise InvalidField("a code is needed", pointer="?mainSearchCriteria.v.c")
    if len(codes) > MOST:
        raise InvalidField(f"at most {MOST} codes", pointer="?mainSearchCriteria.v.c")
    return tuple(dict.fromkeys(codes))


def _coding(criterion: dict[str, str]) -> Coding:
    """Words (`dn`, `ot`) are not looked at: they may be anybody's."""
    system = criterion.get("cs", "")
    return Coding(f"urn:oid:{system}" if _OID.fullmatch(system) else system, criterion["c"])


def _role(told: dict[str, str], name: str, usual: str) -> str:
    value = told.get(name, usual).upper()
    if value not in ("", "PAT", "PROV"):
        raise InvalidField("must be PAT or PROV", pointer=f"?{name}")
    return value


def _language(told: dict[str, str]) -> str:
    for whose in ("informationRecipient", "performer"):
        name = f"{whose}.languageCode.c"
        value = told.get(name, "")
        if value and not _LANGUAGE.fullmatch(value):
            raise InvalidField("must be a language tag, such as da", pointer=f"?{name}")
        if value:
            first, dash, rest = value.partition("-")
            return _TWO_LETTERS.get(first.lower(), first.lower()) + dash + rest
    return ""


def _kind(told: str) -> str:
    known: Iterable[str] = (ATOM, XML, JSON)
    if told in known:
        return told
    if told:
        raise NotAcceptable(
            "this is answered as Atom or JSON",
            pointer="?knowledgeResponseType",
            how_to_fix=f"Ask for one of: {', '.join(known)}.",
        )
    return JSON if request.accept_mimetypes.best_match([ATOM, XML, JSON]) == JSON else ATOM
