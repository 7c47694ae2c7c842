"""Keeping plans small: a new one as what differs from the specimen of its stencil.

The bytes that were answered come back exactly, whatever later code would write: the
stencil is kept in the same database, names nobody, and is never deleted. Bundles that
came of no stencil are kept whole, compressed (docs/decisions/0012).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import zstandard

from service.domain.plan import EducationPlan
from service.fhir.stencil import Filled, Stencil
from service.store.engine import Connection
from service.store.plan_json import from_row, to_json
from service.usecases.ports import StoredPlan

Kept = tuple[str, bytes, bytes]  # the id of the stencil or "", the plan, the Bundle

_FIND = "SELECT pieces, holes, specimen FROM stencil WHERE tenant = ? AND id = ?"
_SPECIMENS = "SELECT specimen FROM stencil WHERE tenant = ?"
_KEEP = """
    INSERT INTO stencil (tenant, id, pieces, holes, specimen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_BETWEEN = b"\0"  # JSON has no NUL, so neither have its pieces
_OWN = (
    *("id", "tenant", "patient", "visits", "created", "updated"),
    *("author", "organization", "episode"),
)
_MOST = 200  # stencils held in memory


class Stencils:
    """The stencils that are in the database for good: those of committed transactions."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Stencil] = {}
        self.zstd = _Zstd()

    def get(self, tenant: str, stencil_id: str) -> Stencil | None:
        return self._known.get((tenant, stencil_id))

    def remember(self, tenant: str, found: Mapping[str, Stencil]) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        for stencil in found.values():
            self._known[tenant, stencil.id] = stencil


class Keeper:
    """Turns stored plans into what is kept of them, and back, within one transaction.

    `seen` are the stencils it found or put in, which may yet be rolled back.
    """

    def __init__(self, connection: Connection, tenant: str, stencils: Stencils) -> None:
        self._connection = connection
        self._tenant = tenant
        self._stencils = stencils
        self.seen: dict[str, Stencil] = {}

    def keep(self, stored: StoredPlan) -> Kept:
        """Return what to keep; a stencil seen for the first time is kept with it."""
        if stored.filled is None:
            squeeze = self._stencils.zstd.squeeze
            return "", squeeze(to_json(stored.plan)), squeeze(stored.bundle)
        stencil = stored.filled.stencil
        if self._stencils.get(self._tenant, stencil.id) is None:
            self._keep_stencil(stencil)
        return stencil.id, orjson.dumps(_own(stored.plan)), stored.filled.texts

    def _keep_stencil(self, stencil: Stencil) -> None:
        pieces, holes = _BETWEEN.join(stencil.pieces), orjson.dumps(stencil.holes)
        row = (self._tenant, stencil.id, pieces, holes, to_json(stencil.specimen))
        self._connection.execute(_KEEP, row)
        self.seen[stencil.id] = stencil

    def give_back(self, kept: Sequence[Any]) -> StoredPlan:
        """Return the stored plan as it was."""
        stencil_id, plan, bundle = kept
        if not stencil_id:
            restore = self._stencils.zstd.restore
            return StoredPlan(from_row(orjson.loads(restore(plan))), restore(bundle))
        stencil = self._stencils.get(self._tenant, stencil_id) or self._read(stencil_id)
        row = _whole(orjson.loads(to_json(stencil.specimen)), orjson.loads(plan))
        return StoredPlan(from_row(row), stencil.fill(bundle), Filled(stencil, bundle))

    def _read(self, stencil_id: str) -> Stencil:
        if stencil_id not in self.seen:
            row = self._connection.execute(_FIND, (self._tenant, stencil_id)).fetchone()
            pieces, holes, specimen = row
            self.seen[stencil_id] = Stencil(
                pieces=tuple(pieces.split(_BETWEEN)),
                holes=tuple(orjson.loads(holes)),
                specimen=from_row(orjson.loads(specimen)),
                id=stencil_id,
            )
        return self.seen[stencil_id]


class _Zstd(threading.local):
    """zstd's contexts are not for several threads at once. Its checksum tells a flipped bit."""

    def __init__(self) -> None:
        compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
        self.squeeze: Callable[[bytes], bytes] = compressor.compress
        self.restore: Callable[[bytes], bytes] = zstandard.ZstdDecompressor().decompress


def _own(plan: EducationPlan) -> dict[str, object]:
    """The members that no two plans of a stencil need have in common (`stencil.kind_of`)."""
    return {
        "id": plan.id,
        "tenant": plan.tenant,
        "patient": plan.patient,
        "visits": plan.visits,
        "created": plan.created,
        "updated": plan.updated,
        "author": plan.author,
        "organization": plan.organization,
        "condition": plan.reason.condition,
    }


def _whole(specimen: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    condition = own.pop("condition")
    return specimen | own | {"reason": specimen["reason"] | {"condition": condition}}


def pinned_packs(connection: Connection, tenant: str) -> set[tuple[str, str, str]]:
    """The id, version and SHA-256 of every version of a pack that a clinic's plans began with.

    A plan begins with a stencil, and a stencil is never deleted.
    """
    rows = connection.execute(_SPECIMENS, (tenant,)).fetchall()
    packs = (orjson.loads(specimen)["pack"] for (specimen,) in rows)
    return {(pack["id"], pack["version"], pack["sha256"]) for pack in packs}
