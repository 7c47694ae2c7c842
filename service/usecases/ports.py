"""What the stories need from the outside. The edges implement it; fakes do too."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime, timedelta
from typing import Protocol

from service.domain.content import HandoutCopy, HandoutForm, Pack, Withdrawal
from service.domain.matching import Rules
from service.domain.plan import EducationPlan
from service.domain.values import dataclass
from service.fhir.stencil import Filled
from service.fhir.writer import Written

Clock = Callable[[], datetime]  # aware, UTC
NewId = Callable[[], str]  # a UUID; later ones sort later
WriteBundle = Callable[[EducationPlan, str], Written]  # the plan, and who asked for it


PATIENT, CLINICIAN = "patient", "clinician"  # roles


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: the clinic, the role, and a name for the audit trail.

    `patient` is the only patient whom a patient's token, or a launch, may see; "" means no
    such limit; `also` are the further participants of a group session. `practitioner` is a
    reference of the record when the token names a clinician.
    """

    tenant: str
    role: str
    name: str
    patient: str = ""
    practitioner: str = ""
    also: tuple[str, ...] = ()

    @property
    def is_patient(self) -> bool:
        return self.role == PATIENT

    @property
    def reference(self) -> str:
        """Who acts, as a reference of the record; "" when it has none."""
        return self.patient if self.is_patient else self.practitioner

    def may_see(self, patient: str) -> bool:
        """True for a patient within the caller's limit."""
        return self.patient in ("", patient) or patient in self.also


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan with the exact Bundle that was answered for its revision.

    `filled` says how the Bundle was made of a stencil, when it was: a store may keep that
    and give the same bytes back.
    """

    plan: EducationPlan
    bundle: bytes
    filled: Filled | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """An Idempotency-Key and what it was first used for; `plan_id` "" when no plan came."""

    key: str
    fingerprint: str
    happened: str = ""
    plan_id: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class UsedToken:
    """A token that is good for one call: of which client, until when, and who uses it.

    `token` is a hash that names it, `expires` is in seconds since 1970. `request` names the
    request: the same may ask again, when the database interrupted it.
    """

    client: str
    token: str
    expires: float
    request: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act on patient data: who did what to which plan. Ids only, no free text."""

    action: str
    entity: str
    patient: str
    caller: Caller
    at: datetime


@dataclass(frozen=True, slots=True)
class Audited:
    """A row of the audit trail; ids are in the order of time."""

    id: str
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class Draft:
    """What one practitioner has typed for one visit and not signed yet, field by field.

    `revision` is the plan's when the form was opened; `version` grows by one each time it is
    kept, 0 for never; `key` names the form, so that signing it twice signs it once.
    """

    plan_id: str
    encounter: str
    practitioner: str
    fields: Mapping[str, list[str]]
    revision: int
    key: str
    at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class Launch:
    """How a page was opened from the record: by whom, for which patient and visit.

    All that the pages may show hangs on it. `role` is CLINICIAN, or PATIENT for a patient who
    logged in to the own pages; neither opens what is the other's. `participants` are the
    further patients of a group session. `id` is a hash of the secret that only the browser
    holds. `banner` is true when the page must say whose it is, because the record shows
    nothing around it; `intent` is what the record says the page was opened for, `care_plans`
    which CarePlans were open there: `CarePlan/id`, or the urn that one of ours has.
    """

    tenant: str
    name: str
    practitioner: str
    patient: str
    expires: datetime
    encounter: str = ""
    participants: tuple[str, ...] = ()
    language: str = ""
    id: str = ""
    role: str = CLINICIAN
    banner: bool = False
    intent: str = ""
    care_plans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A SMART launch that came back. `shown` is for the banner alone, never kept; "" for none."""

    launch: Launch
    shown: str = ""


class Launches(Protocol):
    """The launches that are open. A secret is told once and never kept."""

    def start(self, launch: Launch, now: datetime) -> str:
        """Keep the launch and return the secret that opens it; expired ones are forgotten."""

    def find(self, secret: str, now: datetime) -> Launch | None:
        """The launch of this secret, unless there is none or it has expired."""

    def use(self, secret: str, now: datetime, idle: timedelta) -> Launch | None:
        """The same, for who opens a page: after `idle` without a page it has expired as well.

        The first use begins to count; a minute more or less does not matter.
        """

    def speak(self, launch: Launch, language: str) -> None:
        """Keep the language that the pages of this launch are shown in."""

    def end(self, launch: Launch) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A SMART launch that left for the record's login and has not come back yet.

    `binding` is a hash of what the browser that left holds; `verifier` is PKCE's. It comes back
    to the very server that it left for. `launch` is the record's handle, "" when the launch did
    not begin in the record; `names_itself` when the server promises to say who answers.
    """

    tenant: str
    expires: datetime
    binding: str
    verifier: str
    nonce: str
    issuer: str
    token_endpoint: str
    jwks_uri: str
    launch: str = ""
    names_itself: bool = False


class Attempts(Protocol):
    """The launches under way. A state is told once, never kept, and good for one use."""

    def begin(self, attempt: Attempt, now: datetime) -> str:
        """Keep the attempt and return its state; expired ones are forgotten.

        Raises:
            TooManyRequests: as many of the clinic are under way as may be.
        """

    def take(self, state: str, now: datetime) -> Attempt | None:
        """The attempt of this state, which is gone with it: of two who take, one gets it."""


class Transaction(Protocol):
    """One database transaction within one tenant: all of it is stored, or none."""

    def request_of_key(self, key: str) -> KeyedRequest | None: ...

    def remember_key(self, request: KeyedRequest, at: datetime) -> None: ...

    def plan_of_encounter(self, encounter: str, pack_id: str) -> StoredPlan | None:
        """The plan this encounter is already a visit of, with its newest Bundle."""

    def open_plan(self, patient: str, pack_id: str) -> StoredPlan | None:
        """The patient's open course on this pack."""

    def plan(self, plan_id: str, revision: int = 0) -> StoredPlan | None:
        """The plan, newest revision unless one is named."""

    def plans_of_patient(self, patient: str) -> list[StoredPlan]:
        """Newest first."""

    def plans_of_visit(self, encounter: str) -> list[StoredPlan]:
        """The plans, of any pack, that this encounter is a visit of."""

    def plans_beyond(self, plan_id: str, limit: int, *, newest_first: bool) -> list[StoredPlan]:
        """At most `limit` plans of the clinic by id, which is by age, after this one.

        "" begins at the end. A plan that is added meanwhile moves none of the others.
        """

    def history(self, plan_id: str) -> list[StoredPlan]:
        """All revisions of a plan, the oldest first; none when there is no such plan."""

    def add(self, stored: StoredPlan) -> bool:
        """Add a new plan; False, and nothing is added, when it is not new.

        It is not when its encounter is a visit of a plan already, or when the patient
        has an open course on the pack.
        """

    def replace(self, stored: StoredPlan, before: int = 0) -> None:
        """Put this revision in the place of the one before, which stays readable.

        `before` is the revision that it follows on, unless that is one less.

        Raises:
            StalePlan: the revision before it is not the one that stands.
        """

    def queue(self, plan: EducationPlan) -> None:
        """Queue this revision for the clinic's record."""

    def delivery(self, plan_id: str, revision: int) -> str:
        """How far this revision has come (delivering.DeliveryState); "" when it is not queued."""

    def draft(self, plan_id: str, encounter: str, practitioner: str) -> Draft | None: ...

    def keep_draft(self, draft: Draft) -> bool:
        """Keep it in the place of the version before; False when that is not what is kept."""

    def drop_draft(self, plan_id: str, encounter: str, practitioner: str) -> None: ...

    def use(self, token: UsedToken) -> bool:
        """True when the token was not used before, in any replica."""

    def end_launches(self, who: str = "") -> list[Launch]:
        """End the clinic's launches, or one person's, and return them; see `ClosePages`."""

    def audit(self, entry: AuditEntry) -> None: ...

    def audited(self, entry_id: str) -> Audited | None:
        """The row of this id; its caller has no more than tenant, role and name."""

    def audit_beyond(self, entry_id: str, limit: int, *, newest_first: bool) -> list[Audited]:
        """At most `limit` rows after this one by age; "" begins at the end."""

    def audit_of_patient(self, patient: str, before: str, limit: int) -> list[Audited]:
        """At most `limit` rows about a patient, newest first, older than `before`; "" begins."""


class PlanStore(Protocol):
    def writing(self, tenant: str) -> AbstractContextManager[Transaction]:
        """A transaction that may write; writers take turns.

        Raises:
            StoreBusy: the turn did not come in time, or the disk refused.
        """

    def reading(self, tenant: str) -> AbstractContextManager[Transaction]:
        """A transaction that only reads and never waits for writers."""


class Catalogue(Protocol):
    """The packs a tenant may use, and the look-up from code to pack."""

    def rules(self, tenant: str) -> Rules: ...

    def packs(self, tenant: str) -> tuple[Pack, ...]: ...

    def withdrawal(self, pack_id: str, version: str) -> Withdrawal | None:
        """Why nobody is to read this version any more; None when it may be read."""


@dataclass(frozen=True, slots=True)
class IssuedHandout:
    """A page that was made once and is kept: of what, for whom, and in which forms.

    `sha256` is the page's and names the text. `language` is who it is for, `text_language`
    what the words are in: they differ where the pack is not written in the first. `others`
    are the pages of the same handout that were made with it, by edition and language.
    `style` is what a Content-Security-Policy must allow; `minutes` is the time to read it.
    """

    sha256: str
    pack: str
    version: str
    handout: str
    title: str
    edition: str
    language: str
    text_language: str
    minutes: int
    style: str
    forms: Mapping[HandoutForm, HandoutCopy]
    others: Mapping[tuple[str, str], str]


class IssuedHandouts(Protocol):
    """Every page that was ever made for use, of this version of a pack and of earlier ones."""

    def page(self, sha256: str) -> IssuedHandout | None:
        """The page whose SHA-256 this is."""

    def of_version(self, pack_id: str, version: str) -> Mapping[tuple[str, str, str], str]:
        """The pages last made of a version: their SHA-256 by handout, edition, language."""

    def read(self, page: IssuedHandout, form: HandoutForm) -> bytes:
        """The bytes of one form.

        Raises:
            NotFound: the page is not there in this form.
        """
