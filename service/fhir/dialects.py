"""The ways in which a record may want a plan, made of the one that is stored.

    core      requests and what came of them, by reference
    inline    the topics inside the CarePlan
    fut       the shape of the Danish FUT infrastructure (fut.py)
    note      the signed notes, and nothing else

Within each, what the record does not take is told in the nearest way that it does take:
the lower rungs of the ladder (docs/decisions/0020).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from service.fhir.as_procedure import as_procedures
from service.fhir.for_record import Entry, fitted, notes_only
from service.fhir.fut import in_fut_shape
from service.fhir.inline import inlined
from service.fhir.teachings import teach_backs

Takes = Callable[[str], bool]


class Dialect(StrEnum):
    """How a record wants a plan. `auto` is `core`."""

    AUTO = "auto"
    CORE = "core"
    INLINE = "inline"
    FUT = "fut"
    NOTE = "note"


def written_in(
    dialect: Dialect, entries: Sequence[Entry], takes: Takes
) -> tuple[list[Entry], tuple[str, ...]]:
    """Return a plan's entries as the record is to get them, and the types it has no place for.

    Raises:
        ShapeLacks: the plan lacks what the dialect cannot do without.
    """
    if dialect is Dialect.NOTE or not any(map(takes, ("CarePlan", "Communication", "Procedure"))):
        return fitted(notes_only(entries), takes)
    entries = in_fut_shape(entries) if dialect is Dialect.FUT else list(entries)
    if not takes("Observation"):
        entries = _with_results_in_words(entries)
    if not takes("Communication") and takes("Procedure"):
        entries = as_procedures(entries)
    if dialect is Dialect.INLINE or not takes("ServiceRequest"):
        entries = inlined(entries)
    return fitted(entries, takes)


def _with_results_in_words(entries: Sequence[Entry]) -> list[Entry]:
    """What was understood as a note on what was taught, for a record without Observations."""
    results = teach_backs(entries)
    told = []
    for entry in entries:
        if entry.urn in results:
            result = results[entry.urn].resource["valueCodeableConcept"]["text"]
            note = {"text": f"Teach-back: {result}"}
            notes = [*entry.resource.get("note", []), note]
            entry = replace(entry, resource=entry.resource | {"note": notes})
        told.append(entry)
    return told
