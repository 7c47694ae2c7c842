"""Plans to the bytes of their Bundles: new ones through stencils, the others in full."""

from service.domain.plan import EducationPlan
from service.fhir.bundle import to_bundle
from service.fhir.stencil import Encode, Filled, Stencil, cut, fill, is_new, kind_of

Written = tuple[bytes, Filled | None]

_MOST = 500  # kinds kept: packs × editions × languages × codes as records write them


class BundleWriter:
    """Writes Bundles for one service; `service_url` stands in the addresses of handouts."""

    def __init__(self, encode: Encode, service_url: str) -> None:
        self._encode = encode
        self._service_url = service_url
        self._kinds: dict[object, Stencil | None] = {}

    def __call__(self, plan: EducationPlan, caller: str) -> Written:
        """Return the transaction Bundle of the plan, and how a stencil was filled for it.

        `caller` names the system that asked for the plan.
        """
        stencil = self._stencil(plan) if is_new(plan) else None
        if stencil is None:
            return self.in_full(plan, caller), None
        filled = fill(stencil, plan, self._encode(caller)[1:-1])
        return stencil.fill(filled.texts), filled

    def in_full(self, plan: EducationPlan, caller: str) -> bytes:
        """The same bytes without a stencil: what the stencils are held to."""
        return self._encode(to_bundle(plan, service_url=self._service_url, caller=caller))

    def _stencil(self, plan: EducationPlan) -> Stencil | None:
        """The stencil of the plan's kind, when it has one."""
        kind = kind_of(plan)
        if kind not in self._kinds:
            if len(self._kinds) >= _MOST:
                self._kinds.clear()
            self._kinds[kind] = cut(plan, service_url=self._service_url, encode=self._encode)
        return self._kinds[kind]
