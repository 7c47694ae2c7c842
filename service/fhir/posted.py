"""A posted Bundle as something to ask: which resources, and what does a reference mean."""

from collections.abc import Iterator
from typing import Any

from service.domain.errors import BundleIncomplete
from service.domain.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Posted:
    """One resource of the Bundle and where it stands in it (JSON Pointer)."""

    body: dict[str, Any]
    pointer: str
    full_url: str = ""
    is_contained: bool = False


class PostedBundle:
    """Finds resources and resolves references inside one Bundle; never outside it."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._posted: list[Posted] = []
        self._by_type: dict[str, list[Posted]] = {}
        self._by_url: dict[str, Posted] = {}
        self._by_id: dict[str, Posted] = {}
        for index, entry in enumerate(bundle.get("entry", ())):
            if "resource" in entry:
                self._add(entry, f"/entry/{index}/resource")

    def _add(self, entry: dict[str, Any], pointer: str) -> None:
        body, full_url = entry["resource"], entry.get("fullUrl", "")
        kind, posted = body["resourceType"], Posted(body, pointer, full_url)
        self._posted.append(posted)
        self._by_type.setdefault(kind, []).append(posted)
        if full_url:
            self._by_url[full_url] = posted
        if "id" in body:
            self._by_id[f"{kind}/{body['id']}"] = posted

    def __iter__(self) -> Iterator[Posted]:
        return iter(self._posted)

    def all_of(self, resource_type: str) -> list[Posted]:
        return self._by_type.get(resource_type, [])

    def the_one(self, resource_type: str) -> Posted:
        """Return the only resource of this type.

        Raises:
            BundleIncomplete: there is none, or more than one.
        """
        found = self.all_of(resource_type)
        if len(found) == 1:
            return found[0]
        detail = f"the Bundle holds {len(found) or 'no'} {resource_type}; one is expected"
        raise BundleIncomplete(detail, pointer=found[1].pointer if found else "/entry")

    def resolve(self, reference: dict[str, Any], holder: Posted | None) -> Posted | None:
        """Return what a Reference points at, or None when it is not in the Bundle.

        By fullUrl, by `Type/id` (also at the end of an absolute URL: the record's own
        base is as good as none here), by `#id` in `holder`, or by identifier.
        FHIR R4 Bundle, "Resolving references in Bundles".
        """
        literal: str = reference.get("reference", "").partition("/_history/")[0]
        if not literal:
            return self._by_identifier(reference.get("identifier"))
        if literal[0] == "#":
            return self._contained(literal[1:], holder)
        found = self._by_url.get(literal) or self._by_id.get(literal)
        if found or literal.count("/") < 2:
            return found
        return self._by_id.get("/".join(literal.split("/")[-2:]))

    def local_reference(self, posted: Posted) -> str:
        """Return the resource's `Type/id` in the record it comes from.

        Raises:
            BundleIncomplete: it has no id there, so a plan could not point at it.
        """
        found = self.reference_or_nothing(posted)
        if not found:
            raise BundleIncomplete(
                f"the {posted.body['resourceType']} has no id, so a plan cannot refer to it",
                pointer=f"{posted.pointer}/id",
                how_to_fix="Send the resource with the id it has in the record.",
            )
        return found

    def reference_or_nothing(self, posted: Posted) -> str:
        """As `local_reference`, but "" for a resource without an id of its own."""
        kind = posted.body["resourceType"]
        if posted.is_contained:
            return ""  # it lives and dies with its container (FHIR R4, contained resources)
        if "id" in posted.body:
            return f"{kind}/{posted.body['id']}"
        parts = posted.full_url.split("/")
        return "/".join(parts[-2:]) if parts[-2:-1] == [kind] else ""

    def _contained(self, local_id: str, holder: Posted | None) -> Posted | None:
        if holder is None:
            return None
        for index, body in enumerate(holder.body.get("contained", ())):
            if body.get("id") == local_id:
                return Posted(body, f"{holder.pointer}/contained/{index}", is_contained=True)
        return None

    def _by_identifier(self, identifier: dict[str, Any] | None) -> Posted | None:
        if not identifier or "value" not in identifier:
            return None
        wanted = (identifier.get("system"), identifier["value"])
        for posted in self._posted:
            for known in _identifiers(posted.body):
                if (known.get("system"), known.get("value")) == wanted:
                    return posted
        return None


def _identifiers(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("identifier", [])
    return found if isinstance(found, list) else [found]
