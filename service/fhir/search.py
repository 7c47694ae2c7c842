"""The closed grammar of a search: what may be asked, and how an answer is chosen from.

What is not in the grammar is refused and never ignored: a filter that is dropped in
silence would answer with more than was asked for (decision 15).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from service.domain.errors import InvalidSearch
from service.domain.values import dataclass
from service.fhir.elements import JsonObject
from service.fhir.record import Version
from service.fhir.search_parameters import (
    INCLUDES,
    PARAMETERS,
    REVINCLUDES,
    Parameter,
)
from service.fhir.search_values import COMPARISONS, earliest, interval, split_prefix, values
from service.fhir.served import OF_PATIENTS

DEFAULT_COUNT, MOST = 50, 200
SORTS = ("_id", "-_id", "_lastUpdated", "-_lastUpdated")
SUMMARIES = ("true", "text", "data", "count", "false")
RESULTS = ("_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total")

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_ELEMENT = re.compile(r"[a-z][A-Za-z]{0,63}")
_COMMA = re.compile(r"(?<!\\),")
_ESCAPED = re.compile(r"\\([,|$\\])")

_LAST_UPDATED = Parameter("date", ("meta.lastUpdated",))
_EVERY = {"_id": Parameter("token", ("id",)), "_lastUpdated": _LAST_UPDATED}


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter as given: any of its values will do."""

    name: str
    parameter: Parameter
    wanted: tuple[str, ...]

    def fits(self, resource: JsonObject) -> bool:
        compare: Callable[[object, str], bool] = COMPARISONS[self.parameter.kind]
        return any(
            compare(value, wanted)
            for path in self.parameter.paths
            for value in values(resource, path)
            for wanted in self.wanted
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A search that was understood. `asked` are its pairs in their order, for `self`."""

    resource_type: str
    patient: str = ""
    filters: tuple[Filter, ...] = ()
    count: int = DEFAULT_COUNT
    sort: str = ""  # the newest plan first, and in a plan the order of the guideline
    include: tuple[str, ...] = ()
    revinclude: tuple[str, ...] = ()
    summary: str = "false"
    elements: tuple[str, ...] = ()
    total: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = field(default=(), compare=False)

    def values_of(self, name: str) -> tuple[str, ...]:
        """The values of the first filter of this name."""
        return next((each.wanted for each in self.filters if each.name == name), ())

    def fits(self, version: Version) -> bool:
        return all(each.fits(version.resource) for each in self.filters)

    def sorted(self, found: Iterable[Version]) -> list[Version]:
        """In the order asked for; resources of the same moment in that of their ids.

        What has no such date comes last, in either direction.
        """
        if not self.sort:
            return list(found)
        name, backwards = self.sort.removeprefix("-"), self.sort.startswith("-")
        dated: list[tuple[object, str, Version]] = []
        undated = []
        for version in found:
            at = _moment(version, self.resource_type, name)
            if at is None:
                undated.append(version)
            else:
                dated.append((at, version.id, version))
        dated.sort(key=lambda each: each[:2], reverse=backwards)
        return [*(each[2] for each in dated), *undated]


def _moment(version: Version, resource_type: str, name: str) -> object:
    """What a resource is sorted by; None when it has nothing of the kind."""
    if name == "_id":
        return version.id
    if name == "_lastUpdated":
        return version.at
    paths = PARAMETERS[resource_type][name].paths
    found = (earliest(value) for path in paths for value in values(version.resource, path))
    return min((at for at in found if at), default=None)


def parse(resource_type: str, pairs: Sequence[tuple[str, str]], *, lenient: bool = False) -> Query:
    """Return the query that these parameters are; `lenient` leaves out unknown ones.

    Raises:
        InvalidSearch: a parameter is unknown, repeated where it may not be, or wrong.
    """
    known = _EVERY | PARAMETERS[resource_type]
    single: dict[str, str] = {}
    filters: list[Filter] = []
    more: dict[str, list[str]] = {"_include": [], "_revinclude": []}
    ignored = []
    for name, value in pairs:
        if name in more:
            more[name] += _wanted(name, value)
        elif name in RESULTS:
            if name in single:
                raise InvalidSearch("this parameter may be given once", pointer=f"?{name}")
            single[name] = value
        elif name in known:
            filters.append(_filter(name, known[name], value))
        elif lenient:
            ignored.append(name)
        else:
            raise _unknown(name, resource_type)
    patient, rest = _patient(resource_type, filters)
    return Query(
        resource_type=resource_type,
        patient=patient,
        filters=rest,
        count=_count(single.get("_count", str(DEFAULT_COUNT))),
        sort=_one_of("_sort", single.get("_sort", ""), ("", *sorts_of(resource_type))),
        include=_listed("_include", more["_include"], INCLUDES.get(resource_type, ())),
        revinclude=_listed("_revinclude", more["_revinclude"], REVINCLUDES.get(resource_type, ())),
        summary=_one_of("_summary", single.get("_summary", "false"), SUMMARIES),
        elements=_elements(single.get("_elements", "")),
        total=_one_of("_total", single.get("_total", ""), ("", "none", "estimate", "accurate")),
        asked=tuple(pair for pair in pairs if pair[0] not in ignored),
        ignored=tuple(ignored),
    )


def sorts_of(resource_type: str) -> tuple[str, ...]:
    """What answers of this type can be sorted by: id, last change, and each of its dates."""
    row = PARAMETERS[resource_type].items()
    dates = (name for name, parameter in row if parameter.kind == "date")
    return (*SORTS, *(f"{sign}{name}" for name in dates for sign in ("", "-")))


def _filter(name: str, parameter: Parameter, value: str) -> Filter:
    wanted = _wanted(name, value)
    for each in wanted:
        if parameter.kind == "date" and interval(split_prefix(each)[1]) is None:
            raise InvalidSearch(
                "this is not a date of FHIR",
                pointer=f"?{name}",
                how_to_fix="Write it as 2026-11-23 or 2026-11-23T09:00:00Z, with a prefix such as "
                "`ge` before it if need be.",
            )
        if name == "_id" and not _ID.fullmatch(each):
            raise InvalidSearch("this is not an id of FHIR", pointer="?_id")
    return Filter(name, parameter, wanted)


def _wanted(name: str, value: str) -> tuple[str, ...]:
    wanted = tuple(_ESCAPED.sub(r"\1", each) for each in _COMMA.split(value))
    if "" in wanted:
        raise InvalidSearch("a value is empty", pointer=f"?{name}")
    return wanted


def _patient(resource_type: str, filters: list[Filter]) -> tuple[str, tuple[Filter, ...]]:
    """Take out who it is about: every resource of a plan is about the plan's patient.

    Of documents only some are about a patient, so those are also held to it.
    """
    if resource_type not in (*OF_PATIENTS, "DocumentReference"):
        return "", tuple(filters)
    named = [each for each in filters if each.name in ("patient", "subject")]
    wanted = {value.split("/")[-1] for each in named for value in each.wanted}
    if len(wanted) > 1:
        raise InvalidSearch("one patient may be asked for at a time", pointer=f"?{named[0].name}")
    own = resource_type in OF_PATIENTS
    rest = tuple(each for each in filters if not own or each not in named)
    if not wanted:
        return "", rest
    patient = wanted.pop()
    if not _ID.fullmatch(patient):
        raise InvalidSearch("the id of a patient is expected", pointer=f"?{named[0].name}")
    return f"Patient/{patient}", rest


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise InvalidSearch("must be a number of resources", pointer="?_count")
    return min(int(text), MOST)


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        told = ", ".join(each for each in allowed if each)
        raise InvalidSearch(f"must be one of: {told}", pointer=f"?{name}")
    return value


def _listed(name: str, given: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    for each in given:
        if each not in allowed:
            told = ", ".join(allowed) or "nothing here"
            raise InvalidSearch(f"can be included: {told}", pointer=f"?{name}")
    return tuple(dict.fromkeys(given))


def _elements(text: str) -> tuple[str, ...]:
    found = tuple(text.split(",")) if text else ()
    if not all(map(_ELEMENT.fullmatch, found)):
        raise InvalidSearch(
            "names of elements with commas between are expected", pointer="?_elements"
        )
    return found


def _unknown(name: str, resource_type: str) -> InvalidSearch:
    known = ", ".join((*_EVERY, *PARAMETERS[resource_type], *RESULTS))
    return InvalidSearch(
        f"{resource_type} cannot be searched by this; known: {known}",
        pointer=f"?{name}" if re.fullmatch(r"[_a-z-]{1,40}", name) else "?",
        how_to_fix="Leave it out, or ask with `Prefer: handling=lenient` to have it ignored.",
    )
