"""A plan's Bundle made to fit a record: what it takes, what it lacks still, what it changed.

The record's CapabilityStatement says what it takes (fhir-model §2.4). What it does not take is
left out together with every reference to it, so that nothing dangles.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.domain.values import dataclass
from service.fhir.record import renamed
from service.fhir.side_by_side import is_listed, joined
from service.fhir.urls import URI

Resource = dict[str, Any]
_EMPTY: tuple[Any, ...] = (None, {}, [])
NOTE = "34895-3"  # LOINC, Education note
# What makes no sense without what it points at.
_NEEDED = {"Provenance": "target"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a plan by its urn. What `changes` replaces what stands; else it is made once.

    `place` is the `Type/id` where it stands in the record, `version` the one that may be
    replaced there; "" when that is not known.
    """

    urn: str
    resource: Resource
    changes: bool = False
    place: str = ""
    version: str = ""

    @property
    def kind(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def is_shared(self) -> bool:
        """Whether it is nobody's own: a handout, which the plans of many patients name."""
        return self.kind == "DocumentReference" and "subject" not in self.resource

    @property
    def query(self) -> str:
        """The search that finds it in any record, by its identity of ours."""
        return f"{self.kind}?{identity_query(self.resource, self.urn)}"


class FieldConflict(Exception):
    """The same field was changed here and in the record; its name is the text."""


def entries_of(bundle: bytes) -> list[Entry]:
    """Return the entries of a transaction Bundle of ours, in its order."""
    return [
        Entry(entry["fullUrl"], entry["resource"], changes=entry["request"]["method"] == "PUT")
        for entry in json.loads(bundle)["entry"]
    ]


def identity_query(resource: Resource, urn: str) -> str:
    """`identifier=…`, or `_tag=…` for a Provenance, which R4 gives no identifier."""
    if resource["resourceType"] == "Provenance":
        return f"_tag={URI}|{_tag(resource)}"
    return f"identifier={URI}|{urn}"


def is_same(resource: Resource, entry: Entry) -> bool:
    """Whether a resource of the record is the one of this entry, by its identity of ours."""
    if resource.get("resourceType") != entry.kind:
        return False
    if entry.kind == "Provenance":
        return _tag(resource) == _tag(entry.resource)
    given = resource.get("identifier", [])
    found = [*(given if isinstance(given, list) else [given]), resource.get("masterIdentifier", {})]
    return any(each.get("system") == URI and each.get("value") == entry.urn for each in found)


def stands(sent: Resource, found: Resource, base: str = "", diverged: Collection[str] = ()) -> bool:
    """Whether what was read back says what was sent: about whom, and in which state.

    `base` is the record's own address: it may write its references in full. What `diverged`
    was left as the record has it.
    """
    same = all(
        name in diverged or sent.get(name) == found.get(name)
        for name in ("resourceType", "status", "lifecycleStatus")
    )
    return same and is_about_the_same(sent, found, base)


def is_about_the_same(sent: Resource, found: Resource, base: str = "") -> bool:
    """Whether both are about one patient; records add names and types to their references."""
    return _subject(sent, base) == _subject(found, base)


def _subject(resource: Resource, base: str) -> str:
    return _literal(str(resource.get("subject", {}).get("reference", "")), base)


def notes_only(entries: Sequence[Entry]) -> list[Entry]:
    """The lowest rung: the signed notes, as documents that any record can show."""
    return [entry for entry in entries if entry.kind == "DocumentReference" and _is_note(entry)]


def fitted(
    entries: Sequence[Entry], takes: Callable[[str], bool]
) -> tuple[list[Entry], tuple[str, ...]]:
    """Return what the record takes, and the types it does not take."""
    left_out = {entry.urn: entry.kind for entry in entries if not takes(entry.kind)}
    kept = [entry for entry in entries if entry.urn not in left_out]
    return without(kept, left_out), tuple(sorted(set(left_out.values())))


def without(entries: Iterable[Entry], urns: Iterable[str]) -> list[Entry]:
    """Take every reference to these urns out; what then says nothing goes as well."""
    gone = frozenset(urns)
    if not gone:
        return list(entries)
    pruned = [replace(entry, resource=_pruned(entry.resource, gone)) for entry in entries]
    return [entry for entry in pruned if _still_says_something(entry)]


def outstanding(
    entries: Sequence[Entry], before: Sequence[Entry], known: Mapping[str, str]
) -> list[Entry]:
    """Return what the record lacks, with references to what it has as `Type/id`.

    `before` is what it was last given, `known` where each of that stands. A resource that
    is as it was then is not sent again: some records make a new version even of that.
    """
    last = {entry.urn: entry.resource for entry in before}
    new = [
        entry
        for entry in entries
        if entry.urn not in known or (entry.changes and last.get(entry.urn) != entry.resource)
    ]
    lacking = {entry.urn for entry in new if entry.urn not in known}
    places = {urn: place for urn, place in known.items() if urn not in lacking}
    return [
        replace(entry, resource=renamed(entry.resource, places), place=known.get(entry.urn, ""))
        for entry in new
    ]


def merged(
    ours: Resource,
    theirs: Resource,
    before: Resource | None,
    seen: Resource | None,
    diverged: Collection[str] = (),
    *,
    is_newer: bool = False,
) -> tuple[Resource, tuple[str, ...]]:
    """Return the record's resource with our changes, and the fields that are not as we wrote.

    It is done field by field at the top level, and item by item where items can stand beside
    each other. `before` is what we wrote last, None when that is not known; `seen` what the
    record made of it then, None when nobody touched it since; `diverged` the fields that
    somebody had changed there even earlier. What we never wrote is the record's and stays, and
    so does what only the record changed. Of what both changed, the record's stays if it
    `is_newer`.

    Raises:
        FieldConflict: a field was changed on both sides, and differently.
    """
    result, kept = dict(theirs), []
    for name in sorted({*(before or ()), *ours} - {"id", "meta", "resourceType"}):
        mine, other = ours.get(name), theirs.get(name)
        last = None if before is None else before.get(name)
        if is_listed(ours, name) and (list_ := joined(mine, other, last)) is not None:
            _put(result, name, list_)
            continue
        touched = name in diverged or (seen is not None and other != seen.get(name))
        if touched and name != "text" and mine != other:
            if not is_newer and (before is None or mine != last):
                raise FieldConflict(name)
            kept.append(name)
        else:
            _put(result, name, mine)
    if "meta" in ours:
        result["meta"] = {**theirs.get("meta", {}), **ours["meta"]}
    return result, tuple(kept)


def _put(resource: Resource, name: str, value: Any) -> None:
    """R4 has no empty lists, and no field without a value."""
    if value in _EMPTY:
        resource.pop(name, None)
    else:
        resource[name] = value


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """The same entries so that none refers to a later one, for records without transactions.

    Raises:
        ValueError: they refer to each other in a circle; those of a plan never do.
    """
    waiting = {entry.urn: entry for entry in entries}
    ordered: list[Entry] = []
    while waiting:
        ready = [
            entry
            for entry in waiting.values()
            if not set(references(entry.resource)) & (waiting.keys() - {entry.urn})
        ]
        if not ready:
            raise ValueError(f"a circle of references among {sorted(waiting)}")
        ordered += [waiting.pop(entry.urn) for entry in ready]
    return ordered


def references(value: Any) -> Iterator[str]:
    """Every `reference` inside a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def links(resource: Resource, base: str = "") -> set[str]:
    """Every reference of a resource, those below `base` as `Type/id`."""
    return {_literal(reference, base) for reference in references(resource)}


def but_for_links(value: Any) -> Any:
    """The value with every Reference alike: what it says, wherever it leads, however named."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            return "a link"
        return {key: but_for_links(inner) for key, inner in value.items()}
    return [but_for_links(each) for each in value] if isinstance(value, list) else value


def _literal(reference: str, base: str) -> str:
    return reference.removeprefix(f"{base}/").partition("/_history/")[0]


def _still_says_something(entry: Entry) -> bool:
    needed = _NEEDED.get(entry.kind)
    return needed is None or needed in entry.resource


def _tag(resource: Resource) -> str:
    tags = resource.get("meta", {}).get("tag", [])
    return next((str(tag.get("code")) for tag in tags if tag.get("system") == URI), "")


def _is_note(entry: Entry) -> bool:
    codings = entry.resource.get("type", {}).get("coding", [])
    return any(coding.get("code") == NOTE for coding in codings) and "context" in entry.resource


def _pruned(value: Any, gone: frozenset[str]) -> Any:
    if isinstance(value, dict):
        named = value.get("reference")
        if isinstance(named, str) and named in gone:
            return None
        kept = {key: _pruned(inner, gone) for key, inner in value.items()}
        if any(kept[key] in _EMPTY and value[key] not in _EMPTY for key in kept):
            kept = {key: inner for key, inner in kept.items() if inner not in _EMPTY}
            if set(kept) <= {"url"}:
                return None  # an extension whose value is gone
        return kept
    if isinstance(value, list):
        return [kept for kept in (_pruned(inner, gone) for inner in value) if kept not in _EMPTY]
    return value
