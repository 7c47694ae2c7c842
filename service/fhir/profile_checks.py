"""What a resource that holds to R4 lacks of one of our profiles: every fault, with its place.

The profiles are those of fhir_profiles/, as a table (build/profile_table.py). Invariants are
FHIRPath, and who can read that is handed in. Faults name places and what is wanted there,
never a value that was sent. Not checked: bindings that are not required, and other's profiles.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.references import reference_type

_TABLE = Path(__file__).with_name("profiles.json")
_PROFILES = f"{urls.BASE}/StructureDefinition/"
# Whether a FHIRPath expression is true of a resource or an extension.
Holds = Callable[[Mapping[str, Any], str], bool]
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` is of R4's issue-type; `pointer` is a JSON Pointer into the resource."""

    code: str
    text: str
    pointer: str
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Step:
    """From an element to one of its members; of a slice with what it is known by."""

    name: str
    sign: object = None

    def under(self, node: Node, pointer: str) -> Iterator[tuple[Any, str]]:
        """Yield what stands there, each with its place."""
        for key in self._keys(node):
            held = node[key]
            if not isinstance(held, list):
                found = [(held, f"{pointer}/{key}")]
            else:
                found = [(each, f"{pointer}/{key}/{index}") for index, each in enumerate(held)]
            yield from (each for each in found if self.sign is None or _has(each[0], self.sign))

    def _keys(self, node: Node) -> list[str]:
        if not self.name.endswith("[x]"):
            return [self.name] if self.name in node else []
        begin = self.name[:-3]
        return [k for k in node if k.startswith(begin) and k[len(begin) : len(begin) + 1].isupper()]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a profile asks of one element."""

    above: tuple[Step, ...]
    last: Step
    least: int = 0
    most: int | None = None
    types: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    pattern: object = None
    codes: Mapping[str, list[str]] | None = None

    def faults(self, resource: Node) -> Iterator[Fault]:
        for holder, pointer in self._holders(resource):
            found = list(self.last.under(holder, pointer))
            place = f"{pointer}/{self.last.name.removesuffix('[x]')}"
            if len(found) < self.least:
                wanted = f" {_told(self.last.sign)}" if self.last.sign else ""
                yield Fault("required", f"at least {self.least}{wanted} must be there", place)
            if self.most is not None and len(found) > self.most:
                told = f"at most {self.most} may be there" if self.most else "nothing may be there"
                yield Fault("structure", told, place)
            for value, at in found:
                yield from self._of_value(value, at)

    def _holders(self, resource: Node) -> list[tuple[Node, str]]:
        found: list[tuple[Any, str]] = [(resource, "")]
        for step in self.above:
            found = [inner for node, pointer in found for inner in step.under(node, pointer)]
        return [(node, pointer) for node, pointer in found if isinstance(node, dict)]

    def _of_value(self, value: Any, at: str) -> Iterator[Fault]:
        if self.types and not self._is_of_type(at):
            yield Fault("structure", f"must be a {' or a '.join(self.types)}", at)
        if self.pattern is not None and not _has(value, self.pattern):
            yield Fault("value", f"must be {_told(self.pattern)}", at)
        if self.targets and not _leads_to(value, self.targets):
            told = f"the reference must be to a {' or a '.join(self.targets)}"
            yield Fault("value", told, at)
        if self.codes and not _is_of(value, self.codes):
            yield Fault("code-invalid", f"must be a code of {' or '.join(self.codes)}", at)

    def _is_of_type(self, at: str) -> bool:
        name = at.rpartition("/")[2]
        begin = len(self.last.name) - 3
        return name[begin:] in [each[0].upper() + each[1:] for each in self.types]


@dataclass(frozen=True, slots=True)
class Profile:
    """One of our profiles, or of our extensions."""

    url: str
    version: str
    type: str
    rules: tuple[Rule, ...]
    invariants: tuple[Mapping[str, str], ...]

    def faults(self, node: Node, holds: Holds) -> Iterator[Fault]:
        """Yield what the resource, or the extension, lacks of it."""
        for rule in self.rules:
            yield from rule.faults(node)
        for each in self.invariants:
            if not holds(node, each["expression"]):
                yield Fault("invariant", f"{each['key']}: {each['human']}", "", each["severity"])


def profile_faults(resource: Node, profile: Profile, holds: Holds) -> list[Fault]:
    """Return all that the resource lacks of the profile, and its extensions of theirs.

    It must hold to R4 already (fhir/checks.py).
    """
    found = list(profile.faults(resource, holds))
    for extension, pointer in _extensions(resource, ""):
        known = our_profiles().get(extension["url"])
        if known and known.type == "Extension":
            for each in known.faults(extension, holds):
                place = f"{pointer}{each.pointer}"
                found.append(Fault(each.code, each.text, place, each.severity))
    return found


@cache
def our_profiles() -> Mapping[str, Profile]:
    """Return our profiles and extensions by their urls."""
    table = json.loads(_TABLE.read_bytes())
    return {row["url"]: _profile(row) for row in table.values()}


def _profile(row: Mapping[str, Any]) -> Profile:
    rules = tuple(map(_rule, row["rules"]))
    invariants = tuple(row["invariants"])
    return Profile(row["url"], row["version"], row["type"], rules, invariants)


def _rule(row: Mapping[str, Any]) -> Rule:
    *above, last = (Step(each) if isinstance(each, str) else Step(*each) for each in row["at"])
    return Rule(
        above=tuple(above),
        last=last,
        least=row.get("min", 0),
        most=row.get("max"),
        types=tuple(row.get("types", ())),
        targets=tuple(row.get("targets", ())),
        pattern=row.get("pattern"),
        codes=row.get("codes"),
    )


def _extensions(node: Any, pointer: str) -> Iterator[tuple[Node, str]]:
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, value in steps:
        place = f"{pointer}/{step}"
        if isinstance(value, dict | list):
            yield from _extensions(value, place)
        if step == "extension" and isinstance(value, list):
            yield from ((each, f"{place}/{index}") for index, each in enumerate(value))


def _has(value: Any, pattern: Any) -> bool:
    """R4 pattern[x]: all that the pattern says is said by the value, too."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _has(value[key], inner) for key, inner in pattern.items()
        )
    if isinstance(pattern, list):
        given = value if isinstance(value, list) else []
        return all(any(_has(each, inner) for each in given) for inner in pattern)
    return bool(value == pattern)


def _told(pattern: Any) -> str:
    """The pattern in few words: its code, its url or itself."""
    if isinstance(pattern, dict):
        inner = pattern.get("url") or pattern.get("code") or next(iter(pattern.values()))
        return _told(inner)
    return _told(pattern[0]) if isinstance(pattern, list) else str(pattern)


def _leads_to(value: Any, targets: tuple[str, ...]) -> bool:
    """Whether the reference names one of the types; one that names no type may."""
    if not isinstance(value, dict):
        return True
    named = reference_type(value["reference"]) if "reference" in value else ""
    told = named or value.get("type", "")
    return not told or told in targets


def _is_of(value: Any, codes: Mapping[str, list[str]]) -> bool:
    if isinstance(value, str):
        return any(value in each for each in codes.values())
    codings = value.get("coding", [value]) if isinstance(value, dict) else []
    return any(each.get("code") in codes.get(each.get("system"), ()) for each in codings)
