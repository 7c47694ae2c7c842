"""A record asks while somebody works in it (CDS Hooks): cards, and nothing is stored but the look.

The selection is that of every other door (propose_plan.py). What the call did not bring along is
read in the clinic's own record; what cannot be had is told, and what does not answer is no card.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from service.domain.encounter import Encounter
from service.domain.errors import (
    BadInput,
    BundleIncomplete,
    DataMissing,
    EncounterNotUsable,
    NotAuthenticated,
    NoUsableCode,
    PatientMismatch,
    UnresolvedReference,
)
from service.domain.values import dataclass
from service.fhir.cards import NO_CARDS, CardWriter
from service.fhir.encounter import from_bundle
from service.fhir.hook_call import HookCall, met
from service.usecases.delivering import Closed, NotNow, NotTaken
from service.usecases.make_plan import Wish
from service.usecases.noticing import NotYet, Shown
from service.usecases.ports import Caller, Transaction, UsedToken
from service.usecases.propose_plan import Look, ProposePlan


class AskedRecord(Protocol):
    """A clinic's record, asked while somebody waits. Raises as noticing.VisitRecord says."""

    @property
    def base(self) -> str:
        """Its address, without a slash at the end."""

    def visit(self, encounter: str) -> Shown:
        """The encounter (`Encounter/id`) with its reasons."""

    def problems(self, patient: str) -> list[dict[str, Any]]:
        """The Conditions that the patient (`Patient/id`) has now, by the problem list."""


class RecordAway(Exception):
    """The record does not answer at the moment."""


@dataclass(frozen=True, slots=True)
class AnswerHook:
    """The story with its parts; `record` is a clinic's, None where it has none."""

    propose: ProposePlan
    record: Callable[[str], AskedRecord | None]
    write: CardWriter

    def __call__(
        self, call: HookCall, wish: Wish, caller: Caller, token: UsedToken, launch_url: str
    ) -> bytes:
        """Return the answer as JSON. `launch_url` is where cards lead to, "" for nowhere.

        The token is used in the transaction that looks: one commit, and one wait for the disk.
        Where there is none, or a record is to be asked, it is used before.

        Raises:
            NotAuthenticated: the token was used before.
            DataMissing: what is needed was not sent, and cannot be read.
            RecordAway: the record does not answer; StoreBusy: the database does not.
            BadInput: what was sent does not hold.
        """
        try:
            encounter, begin = _sent(call), partial(_use, token)
            if encounter is None:
                self.use(token, caller)
                encounter = self._read(call, caller.tenant)
            if look := self.propose.look(encounter, wish, caller, begin):
                card = self._card(look, encounter, wish, caller, launch_url)
                return b'{"cards":[%b]}' % card if card else NO_CARDS
        except (BundleIncomplete, EncounterNotUsable, NoUsableCode):
            pass  # about nothing that a pack could cover
        self.use(token, caller)
        return NO_CARDS

    def use(self, token: UsedToken, caller: Caller) -> None:
        """Use the token, alone. The same request may do so again.

        Raises:
            NotAuthenticated: it was used before. StoreBusy: that cannot be known.
        """
        with self.propose.make.store.writing(caller.tenant) as transaction:
            _use(token, transaction)

    def _card(
        self, look: Look, encounter: Encounter, wish: Wish, caller: Caller, launch_url: str
    ) -> bytes | None:
        make = self.propose.make
        stands = look.course or look.same
        if stands is not None:
            packs = make.catalogue.packs(caller.tenant)
            pack = next((p for p in packs if p.id == stands.plan.pack.id), None)
            return self.write.reminder(stands.plan, pack, launch_url)
        common = make.outline(look.found.pack, wish)
        return self.write.offer(
            encounter, look.found, common, caller.tenant, launch_url, make.clock()
        )

    def _read(self, call: HookCall, tenant: str) -> Encounter:
        record = self.record(tenant)
        if record is None or call.server.rstrip("/") not in ("", record.base):
            # Ids of one record mean other people in another.
            raise DataMissing("what the service needs was not sent", pointer="/prefetch")
        try:
            encounter = _asked(record, call)
        except (NotNow, Closed, NotYet) as error:
            raise RecordAway from error
        except NotTaken as error:
            raise _unreadable() from error
        if encounter.patient != call.patient:
            raise PatientMismatch(
                "the encounter is another patient's in the record", pointer="/context/encounterId"
            )
        return encounter


def _sent(call: HookCall) -> Encounter | None:
    """The encounter by what was sent; None when that is not enough."""
    if call.met is None and (call.conditions is None or call.needs_met):
        return None
    try:
        return met(call)
    except UnresolvedReference:
        return None  # a reason that it names was not sent
    except BundleIncomplete:
        if call.conditions is None:
            return None
        raise  # it was asked for, and there is none


def _use(token: UsedToken, transaction: Transaction) -> None:
    """A token is for one call (CDS Hooks 2.0, `jti`)."""
    if not transaction.use(token):
        raise NotAuthenticated(
            "the token is not valid here",
            how_to_fix="Sign a new token for each call: see docs/integrator.md, CDS Hooks.",
        )


def _asked(record: AskedRecord, call: HookCall) -> Encounter:
    try:
        if not call.encounter:
            return met(call.with_conditions(record.problems(call.patient)))
        shown = record.visit(call.encounter)
        if shown.bundle is None:
            raise EncounterNotUsable("the encounter does not take place")
        return from_bundle(shown.bundle)
    except (BundleIncomplete, EncounterNotUsable):
        raise
    except BadInput as fault:  # the caller did not write it
        raise _unreadable() from fault


def _unreadable() -> DataMissing:
    return DataMissing(
        "what the service needs was not sent, and the record does not show it",
        pointer="/context",
    )
