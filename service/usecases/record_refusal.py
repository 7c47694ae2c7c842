"""Who was let in nowhere is on the record too: refused logins, refused acts, guesses at ids.

Bounded, for whoever is refused may try a million times: a clinic's trail, or the log where no
clinic is known, hears of the first refusal of a kind within a minute, and then of the tenth, the
hundredth, and so on. Only what was verified is told of who it was, and nothing of what was sent.
"""

from collections.abc import Callable
from dataclasses import field
from threading import Lock
from typing import Any

from service.domain.errors import StoreBusy
from service.domain.values import dataclass
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore

REFUSED = "refused."  # begins the act of such a row; the error's code follows
# The errors that refuse somebody, by their codes.
REFUSALS = ("not-authenticated", "not-allowed", "not-found", "launch-refused")
KINDS = 200  # of refusals that one process tells apart within a minute
_OTHERS = "others"  # the door of all further kinds, told together


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused: the error's code, and the door: method and template of the route.

    `reason` says more about a launch; `client` is a hash of where it came from.
    """

    code: str
    door: str
    reason: str = ""
    client: str = ""


@dataclass(slots=True)
class RecordRefusal:
    """The story with its parts; `tell` writes a line of the log. Each process counts by itself."""

    store: PlanStore
    clock: Clock
    tell: Callable[[str, dict[str, Any]], None]
    _minute: int = 0
    _counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, refusal: Refusal, caller: Caller | None, trace_id: str = "") -> None:
        """Put it on the record, if it is the 1st, 10th, 100th … of its kind in this minute.

        `caller` is who was refused, None when nobody is known for sure. It raises nothing: a
        refusal is answered also when it cannot be written; then the log has it.
        """
        who = (caller.tenant, caller.role, caller.name, _own(caller)) if caller else ("",)
        door, many = self._count(who, refusal)
        if not _is_told(many):
            return
        if caller is None or not self._audited(refusal, f"{many} {door}", caller):
            line = {"route": door, "code": refusal.reason or refusal.code, "count": many}
            more = {"client": refusal.client, "trace_id": trace_id}
            tenant = {"tenant": caller.tenant} if caller else {}
            self.tell("access-refused", line | more | tenant)

    def _count(self, who: tuple[str, ...], refusal: Refusal) -> tuple[str, int]:
        """The door that it is told under, and the how manieth of its kind it is."""
        minute = int(self.clock().timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            door = refusal.door
            key = (*who, refusal.code, refusal.reason, refusal.client, door)
            if key not in self._counts and len(self._counts) >= KINDS:
                door = _OTHERS
                key = (who[0], refusal.code, door)
            many = self._counts[key] = self._counts.get(key, 0) + 1
        return door, many

    def _audited(self, refusal: Refusal, what: str, caller: Caller) -> bool:
        act = f"{REFUSED}{refusal.code}"
        entry = AuditEntry(act, what, _own(caller), caller, self.clock())
        try:
            with self.store.writing(caller.tenant) as transaction:
                transaction.audit(entry)
        except StoreBusy:
            return False
        return True


def _own(caller: Caller) -> str:
    """A refused patient's row is about that patient; nobody else's log has it."""
    return caller.patient if caller.is_patient else ""


def _is_told(many: int) -> bool:
    return str(many).strip("0") == "1"
