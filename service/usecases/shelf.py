"""What the service knows, as FHIR: the packs a clinic may use, and forms that belong to none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime, time

from service.domain.content import Pack
from service.domain.values import dataclass
from service.fhir.elements import JsonObject, instant
from service.fhir.knowledge import for_citizens, knowledge
from service.fhir.material import ReadPage
from service.fhir.record import Version, profiles_of
from service.usecases.ports import Caller, Catalogue


@dataclass(frozen=True, slots=True)
class Shelf:
    """Definitions, manifests and handouts by type; `forms` are there in every clinic."""

    catalogue: Catalogue
    service_url: str
    read_page: ReadPage
    forms: Callable[[], Mapping[str, JsonObject]] = dict
    _packs: dict[str, Mapping[str, JsonObject]] = field(default_factory=dict, init=False)

    def find(self, name: str, caller: Caller) -> Version | None:
        """Return the resource of this `Type/id`, or None."""
        for pack, resources in self._of(caller):
            if name in resources:
                return _version(name, resources[name], pack, caller)
        forms = self.forms()
        return _version(name, forms[name], None, caller) if name in forms else None

    def all_of(self, resource_type: str, caller: Caller) -> Iterator[Version]:
        """Yield every resource of this type."""
        begin = f"{resource_type}/"
        for pack, resources in self._of(caller):
            for name in resources:
                if name.startswith(begin):
                    yield _version(name, resources[name], pack, caller)
        for name, resource in self.forms().items():
            if name.startswith(begin):
                yield _version(name, resource, None, caller)

    def pack(self, definition_id: str, caller: Caller) -> Pack | None:
        """Return the pack whose PlanDefinition has this id."""
        packs = self.catalogue.packs(caller.tenant)
        return next((pack for pack in packs if pack.id == definition_id), None)

    def _of(self, caller: Caller) -> Iterator[tuple[Pack, Mapping[str, JsonObject]]]:
        for pack in self.catalogue.packs(caller.tenant):
            if pack.sha256 not in self._packs:
                self._packs[pack.sha256] = knowledge(pack, self.service_url, self.read_page)
            yield pack, self._packs[pack.sha256]


def _version(name: str, resource: JsonObject, pack: Pack | None, caller: Caller) -> Version:
    """Knowledge has one version here: what changes is another version of the pack."""
    at = datetime.combine(pack.date, time(), UTC) if pack else datetime(2026, 1, 1, tzinfo=UTC)
    given = resource.get("meta")
    shown = for_citizens(resource) if caller.role == "patient" else resource
    kind, _, resource_id = name.partition("/")
    meta = {
        "versionId": "1",
        "lastUpdated": instant(at),
        **(profiles_of(kind) if shown is resource else {}),  # citizens get less than it asks
        **(given if isinstance(given, dict) else {}),
    }
    whole = {"resourceType": kind, "id": resource_id, "meta": meta} | {
        key: value for key, value in shown.items() if key not in ("resourceType", "id", "meta")
    }
    return Version(name, 1, at, whole)
