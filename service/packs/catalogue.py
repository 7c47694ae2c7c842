"""The packs a clinic may use, and the look-up from diagnosis code to pack."""

from collections.abc import Iterable, Mapping

from service.domain.codes import Coding
from service.domain.content import Pack, PackState
from service.domain.matching import Rules, index_rules

_NEVER_USED = (PackState.WITHDRAWN, PackState.EXPIRED)


class Catalogue:
    """Serves every clinic from one set of packs; a clinic's own codes are added for it."""

    def __init__(
        self,
        packs: Iterable[Pack],
        clinic_codes: Mapping[str, Mapping[str, Iterable[Coding]]],
        *,
        draft_content: bool,
    ) -> None:
        self._packs = tuple(p for p in packs if _is_usable(p, draft_content=draft_content))
        self._shared = index_rules(self._packs, {})
        self._own = {
            tenant: index_rules(self._packs, codes)
            for tenant, codes in clinic_codes.items()
            if codes
        }

    def rules(self, tenant: str) -> Rules:
        return self._own.get(tenant, self._shared)

    def packs(self, tenant: str) -> tuple[Pack, ...]:  # noqa: ARG002  # every clinic has all
        return self._packs


def _is_usable(pack: Pack, *, draft_content: bool) -> bool:
    return pack.is_approved or (draft_content and pack.state not in _NEVER_USED)
