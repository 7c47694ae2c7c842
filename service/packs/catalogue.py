"""The packs a clinic may use, and the look-up from diagnosis code to pack."""

from collections.abc import Iterable, Mapping

from service.domain.codes import Coding
from service.domain.content import Pack, PackState, Withdrawal
from service.domain.matching import Rules, index_rules
from service.packs.signatures import withdrawal_of

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
        known = tuple(packs)
        self._approvals = {pack.id: pack.extras.get("approvals") for pack in known}
        self._packs = tuple(p for p in known if is_usable(p, draft_content=draft_content))
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

    def withdrawal(self, pack_id: str, version: str) -> Withdrawal | None:
        """Why nobody is to read this version any more; None when it may be read."""
        approvals = self._approvals.get(pack_id)
        return withdrawal_of(pack_id, approvals, version) if approvals else None


def is_usable(pack: Pack, *, draft_content: bool) -> bool:
    """Whether plans may be made of the pack: approved, or not yet and drafts are allowed."""
    return pack.is_approved or (draft_content and pack.state not in _NEVER_USED)
