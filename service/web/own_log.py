"""The rows of a patient's access log in plain words: when, who, what, and how often in a row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import gettext as _

from service.domain.values import dataclass
from service.usecases.ports import CLINICIAN, PATIENT, Audited, Caller

_REFUSALS = ("refused.not-allowed", "refused.not-found", "refused.not-authenticated")

ABOUT_THE_SAME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    at: datetime
    who: str
    what: str
    times: int = 1


def rows(found: Sequence[Audited]) -> list[Row]:
    """Return the rows in their order, newest first.

    Who does the same again and again, as a page that is kept while somebody types in it, has one
    row for all of it. It has the newest time, and no pause in it is longer than ABOUT_THE_SAME.
    """
    what = _acts()
    told: list[Row] = []
    before = None
    for each in found:
        entry = each.entry
        row = Row(entry.at, _who(entry.caller), what.get(entry.action, _("Other")))
        if told and before and _goes_on(told[-1], row, before):
            told[-1] = replace(told[-1], times=told[-1].times + 1)
        else:
            told.append(row)
        before = entry.at
    return told


def _goes_on(later: Row, row: Row, then: datetime) -> bool:
    return (later.who, later.what) == (row.who, row.what) and then - row.at <= ABOUT_THE_SAME


def _who(caller: Caller) -> str:
    if caller.role == PATIENT:
        return _("You")
    if caller.role == CLINICIAN:
        return _("Clinician: %(name)s", name=caller.name)
    return _("System: %(name)s", name=caller.name)


def _acts() -> dict[str, str]:
    """What each act of the audit trail is to a patient."""
    looked, searched = _("Looked at your plan"), _("Looked for your plans")
    worked_out = _("Worked out a plan that was not kept")
    return {
        "plan.created": _("Sent a visit, and a plan was made"),
        "plan.proposed": _("Sent a visit, and a plan was suggested"),
        "plan.continued": _("Sent a further visit to your plan"),
        "plan.same": _("Sent a visit again"),
        "plan.confirmed": _("Confirmed your plan"),
        "plan.taught": _("Wrote down a visit"),
        "plan.goal-agreed": _("Wrote down a goal"),
        "plan.goal-changed": _("Changed a goal"),
        "plan.handout-given": _("Gave you a text to read"),
        "plan.handout-withdrawn": _("Took a text back"),
        "plan.handout-opened": _("Opened a text for the first time"),
        "plan.handout-read": _("Said that a text was read"),
        "plan.asked": _("Wrote a question"),
        "plan.question-taken-back": _("Removed a question"),
        "plan.corrected": _("Corrected something"),
        "plan.closed": _("Closed your plan"),
        "plan.resumed": _("Went on with your plan from a backup"),
        "plan.propose": worked_out,
        "definition.apply": worked_out,
        "plan.read": looked,
        "fhir.read": looked,
        "fhir.vread": looked,
        "fhir.history": looked,
        "plan.search": searched,
        "fhir.search": searched,
        "portal.read": _("Opened your own pages"),
        "portal.handout": _("Read a text"),
        "portal.printed": _("Fetched a text as a file"),
        "pages.closed": _("Logged you out of your own pages"),
        "log.read": _("Looked at this list"),
        **dict.fromkeys(_REFUSALS, _("Was not let in")),
        "portal.download": _("Fetched all data"),
    }
