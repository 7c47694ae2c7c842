"""What a record says it can do: its CapabilityStatement (FHIR R4 http.html#capabilities)."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from service.domain.values import dataclass

# Of these a later revision tells something else; the others change by a correction only.
CHANGING = ("CarePlan", "ServiceRequest", "Goal")


@dataclass(frozen=True, slots=True)
class TypeAbility:
    """What the record does with one resource type."""

    interactions: frozenset[str] = frozenset()
    is_found_by_identity: bool = False
    creates_at_our_id: bool = False  # `updateCreate`


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The abilities of one record, by resource type."""

    types: Mapping[str, TypeAbility] = field(default_factory=dict)
    transaction: bool = False
    batch: bool = False
    software: str = ""

    def takes(self, kind: str) -> bool:
        """Whether resources of this type can be kept there, found again, and kept up to date.

        A plan that nobody can change would say for ever what was once planned.
        """
        found = self.types.get(kind, TypeAbility())
        updates = "update" in found.interactions
        by_search = "create" in found.interactions and found.is_found_by_identity
        if by_search and kind in CHANGING:
            return updates
        return by_search or (found.creates_at_our_id and updates)

    def interactions(self, kind: str) -> frozenset[str]:
        """What it does with resources of this type, by the codes of R4."""
        return self.types.get(kind, TypeAbility()).interactions

    def finds(self, kind: str) -> bool:
        return self.types.get(kind, TypeAbility()).is_found_by_identity


def read_capabilities(statement: Mapping[str, Any]) -> Capabilities:
    """Return what a CapabilityStatement says; what it does not say, the record cannot."""
    rest: Mapping[str, Any] = next(
        (r for r in statement.get("rest", []) if r.get("mode") == "server"), {}
    )
    system = {each.get("code") for each in rest.get("interaction", [])}
    software = statement.get("software", {})
    return Capabilities(
        types={each["type"]: _ability(each) for each in rest.get("resource", []) if "type" in each},
        transaction="transaction" in system,
        batch="batch" in system,
        software=f"{software.get('name', '')} {software.get('version', '')}".strip(),
    )


def _ability(told: Mapping[str, Any]) -> TypeAbility:
    searched: Collection[str] = {each.get("name") for each in told.get("searchParam", [])}
    wanted = "_tag" if told["type"] == "Provenance" else "identifier"
    # `_tag` is for every type; many records do not list what is for all (R4 search.html#all).
    found = wanted in searched or wanted == "_tag"
    return TypeAbility(
        interactions=frozenset(each.get("code", "") for each in told.get("interaction", [])),
        is_found_by_identity=found,
        creates_at_our_id=bool(told.get("updateCreate")),
    )
