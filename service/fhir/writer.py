"""Plans to the bytes of their Bundles: new ones through stencils, the others in full."""

from service.domain.plan import EducationPlan
from service.fhir.bundle import to_bundle
from service.fhir.elements import roles_in
from service.fhir.stencil import Encode, Filled, Stencil, cut, fill, is_new, kind_of

Written = tuple[bytes, Filled | None]

_MOST = 500  # kinds kept: packs × editions × languages × codes as records write them


class BundleWriter:
    """Writes Bundles for one service; `service_url` stands in the addresses of handouts."""

    def __init__(self, encode: Encode, service_url: str) -> None:
        self._encode = encode
        self._service_url = service_url
        self._kinds: dict[object, tuple[Stencil | None, tuple[bytes, ...]]] = {}

    def __call__(self, plan: EducationPlan, caller: str) -> Written:
        """Return the transaction Bundle of the plan, and how a stencil was filled for it.

        `caller` names the system that asked for the plan.
        """
        stencil, roles = self._kind(plan) if is_new(plan) else (None, ())
        if stencil is None:
            return self.in_full(plan, caller), None
        filled = fill(stencil, roles, plan, self._encode(caller)[1:-1])
        return stencil.fill(filled.texts, filled.ids), filled

    def in_full(self, plan: EducationPlan, caller: str) -> bytes:
        """The same bytes without a stencil: what the stencils are held to."""
        return self._encode(to_bundle(plan, service_url=self._service_url, caller=caller))

    def _kind(self, plan: EducationPlan) -> tuple[Stencil | None, tuple[bytes, ...]]:
        """The stencil of the plan's kind, when it has one, and the roles of its urns."""
        kind = kind_of(plan)
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= _MOST:
                self._kinds.clear()
            stencil = cut(plan, service_url=self._service_url, encode=self._encode)
            found = self._kinds[kind] = stencil, roles_in(plan)
        return found
