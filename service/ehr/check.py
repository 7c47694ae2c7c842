"""Tries a record as a delivery would: connection, login, abilities, scopes, write, read-back,
update, clean-up. Every row says what was seen, and one that fails what is to be done.

What is written (trial.py) is removed again, whatever fails in between.
"""

from collections.abc import Callable, Iterator
from dataclasses import field, replace

from service.domain.values import dataclass
from service.ehr.capabilities import Capabilities
from service.ehr.outcome import words_of
from service.ehr.record import OURS, FhirRecord
from service.ehr.scopes import lacking
from service.ehr.talk import NoLogin, Resource, Talk
from service.ehr.trial import Stop, Trial, Verdict
from service.ehr.wire import LATE, Answer, Silence
from service.usecases.delivering import REASONS, Closed, NotNow, NotTaken

_READ = ("Encounter", "Patient", "Condition")  # when it tells of an encounter
_MEND = {
    "unreachable": "Check the address, and that this machine may reach it: name, port, firewall.",
    "not-fhir": "Give the FHIR base: the address below which /metadata is.",
    "moved": "Open /metadata below the address, see where it leads, and give that.",
    "not-found": "Give the FHIR base: the address below which /metadata is.",
    "not-allowed": "Let this client create, read, search and update there.",
    "refused": "It may want a patient that is there: name a test patient with --patient.",
    "busy": "Try again when it is less busy.",
    "failing": "See the record's own log, and try again.",
    "paced": "Raise most_per_second.",
    "conflict": "Somebody else writes there: try again.",
}
_WITHOUT_LOG = {"refused": "The record says that what was sent is wrong."}
_SLOW = "It is too slow, or was only started: try again. A delivery waits no longer either."
_KEY = (
    "Register the client there: its id, the public key (with its key id), and system scopes. "
    "Check the token endpoint, and the clock of this machine."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: what was tried, how it went, what was seen, and what is to be done."""

    name: str
    verdict: Verdict
    seen: str
    mend: str = ""

    @property
    def is_good(self) -> bool:
        return self.verdict is not Verdict.FAIL


_NOTHING_TO_WRITE = Step(
    "write",
    Verdict.SKIP,
    "it takes no DocumentReference, and nothing else is free of patients",
    "Deliver the plan of a test patient, and see `education-plan deliveries list`.",
)


def check_record(record: FhirRecord, patient: str = "") -> Iterator[Step]:
    """Yield each row as it is done. `patient` is a reference of a test patient there.

    After one that fails nothing more is tried, but what was written is removed.
    """
    talk = _Telling(record.wire, record.login, record.talk().ends)
    look = _Look(record, talk)
    for name, attempt in look.steps:
        yield (step := _step(name, attempt, talk))
        if not step.is_good:
            return
    able = record.capabilities(look.talk)
    if not record.takes(able, "DocumentReference"):
        yield _NOTHING_TO_WRITE
        return
    trial = Trial(look.talk, able, patient)
    for name, attempt in trial.steps:
        yield (step := _step(name, attempt, talk))
        if not step.is_good:
            break
    if trial.may_be_there:
        yield _step("clean-up", trial.clean_up, talk)


@dataclass(frozen=True, slots=True)
class _Telling(Talk):
    """A conversation that keeps the words of what is refused: none of it is about a patient."""

    words: list[str] = field(default_factory=list)

    def judged(self, answer: Answer, *, writes: bool) -> Resource:
        self.words[:] = [words_of(answer)]
        return Talk.judged(self, answer, writes=writes)


def _step(name: str, attempt: Callable[[], str], talk: _Telling) -> Step:
    talk.words[:] = [""]
    try:
        return Step(name, Verdict.OK, attempt())
    except (NotTaken, NotNow, Closed) as fault:
        silence = fault.__cause__
        why = silence.why if isinstance(silence, Silence) else ""
        words = f"It says: {talk.words[0]}" if talk.words[0] else ""
        seen = " ".join(
            filter(None, (_WITHOUT_LOG.get(fault.reason) or REASONS[fault.reason], why, words))
        )
        return Step(
            name, Verdict.FAIL, seen, _SLOW if why == LATE else _MEND.get(fault.reason, _KEY)
        )
    except Stop as stop:
        return Step(name, stop.verdict, stop.seen, stop.mend)


@dataclass(slots=True)
class _Look:
    """What can be seen of a record without writing."""

    record: FhirRecord
    talk: Talk

    @property
    def steps(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        return (
            ("connection", self.connection),
            ("login", self.log_in),
            ("abilities", self.abilities),
            ("scopes", self.scopes),
            ("hook", self.hook),
        )

    def connection(self) -> str:
        """Without a login: so it is told apart from one that is refused."""
        stranger = replace(self.talk, login=NoLogin())
        try:
            statement = stranger.read("metadata")
        except (Closed, NotTaken) as fault:
            if fault.reason in ("login", "not-allowed"):
                return "it answers, and tells nothing without a login"
            raise
        if statement is None or statement["resourceType"] != "CapabilityStatement":
            raise Stop("there is no CapabilityStatement below it", _MEND["not-fhir"])
        version = str(statement.get("fhirVersion", ""))
        if not version.startswith("4.0"):
            mend = "Give the base of its R4 (4.0.1) interface, if it has one."
            raise Stop(f"it speaks FHIR {version or 'of no version that it tells'}", mend)
        software = statement.get("software", {})
        name = f"{software.get('name', '')} {software.get('version', '')}".strip()
        return f"FHIR {version}, {name}" if name else f"FHIR {version}"

    def log_in(self) -> str:
        if isinstance(self.talk.login, NoLogin):
            return "none is set up"
        return "with a token" if self.talk.login.headers() else "none"

    def abilities(self) -> str:
        able = self._able()
        taken = [kind for kind in OURS if self.record.takes(able, kind)]
        if not taken:
            mend = "It must state create, and a search by identifier, for some of these."
            raise Stop("it takes none of " + ", ".join(OURS), mend)
        missing = [kind for kind in OURS if kind not in taken]
        if "Communication" in taken and "Procedure" in missing:
            missing.remove("Procedure")  # what is taken in its place does not lack
        told = f"{self.record.manner(able)}; takes {', '.join(taken)}"
        return f"{told}; not {', '.join(missing)}" if missing else told

    def _able(self) -> Capabilities:
        try:
            return self.record.capabilities(self.talk)
        except Closed as closed:
            if isinstance(self.talk.login, NoLogin):
                mend = "Give --client-id and --key-file (`login:` of the clinic)."
                raise Stop("it lets nobody in without a login", mend) from closed
            raise

    def scopes(self) -> str:
        granted = self.talk.login.granted
        if isinstance(self.talk.login, NoLogin):
            return "none are needed without a login"
        if not granted:
            return "it does not say which it gave"
        able = self._able()
        taken = [kind for kind in OURS if self.record.takes(able, kind)]
        if missing := lacking(granted, taken):
            mend = f"Grant the client {', '.join(missing)}, or name the types in `leave_out`."
            raise Stop(f"it gave {granted}", mend)
        return granted

    def hook(self) -> str:
        """What it says it can for the way in; without it plans are made from what is posted."""
        able = self._able()
        unread = [kind for kind in _READ if "read" not in able.interactions(kind)]
        tells = "create" in able.interactions("Subscription")
        told = "takes Subscriptions" if tells else "takes no Subscription"
        return f"{told}; does not say that it reads {', '.join(unread)}" if unread else told
