"""Everything that can go wrong, as one tree.

    ServiceError
    ├── BadInput              the caller must mend what was sent
    │   ├── MalformedJson       not JSON, or JSON with a trap in it
    │   ├── BodyTooLarge
    │   ├── EncodedBody         a compressed request body
    │   ├── WrongContentType
    │   ├── NotAcceptable
    │   ├── InvalidResource     FHIR that does not hold to R4
    │   ├── InvalidField        a field of the small JSON or a parameter
    │   ├── InvalidSearch       a search outside the closed grammar
    │   ├── ResourceTypeNotAccepted
    │   ├── BundleIncomplete    the Patient, the Encounter or its reason is missing
    │   ├── UnresolvedReference
    │   ├── PatientMismatch
    │   ├── EncounterNotUsable
    │   ├── ModifierNotUnderstood
    │   ├── InvalidCode         a code its own system cannot hold
    │   ├── NoUsableCode        no code in a system we know
    │   ├── IdempotencyKeyReused
    │   ├── IdentifiesPatient   an address says who somebody is
    │   └── DataMissing         what a hook service needs was neither sent nor can be read
    ├── NotAuthenticated · NotAllowed
    ├── LaunchRefused         a SMART launch opens nothing; `reason` says why
    ├── LoginUnavailable      the login of a record does not answer
    ├── NotFound              also "not yours": the two look the same
    ├── Withdrawn             it was there, and is not to be read any more
    ├── IllegalTransition     the plan's state does not allow this
    ├── StalePlan             somebody changed the plan in the meantime
    ├── DraftConflict         the draft was kept from another window in the meantime
    ├── StoreBusy             come back in a moment with the same; it is done once
    ├── UnfitDatabase         made in a way that we cannot use, or by another release
    └── ContentError          a pack on disk cannot be used

A text of an error may be shown and logged, so it never holds what identifies a
patient: it names places (`pointer`) and codes, not values from a person's record.
"""

import re
from enum import StrEnum

_FIELD_NAME = re.compile(r"_?[a-z][A-Za-z]{0,40}[0-9]?(?:_[a-z]{1,20})?")


def may_be_told(key: str) -> bool:
    """True for an unknown key that reads like a field's name, so that a typo can be shown.

    Any other key may be a person's name or number, and errors never repeat those.
    """
    return _FIELD_NAME.fullmatch(key) is not None


class ServiceError(Exception):
    """Base of all. `detail` says what is wrong, `how_to_fix` what mends it.

    `pointer` is a JSON Pointer (RFC 6901) into what was sent, or "" for the whole. `by` is who
    was refused, where that is known only to who raised it (usecases.ports.Caller).
    """

    by: object = None
    code = "unexpected"
    how_to_fix = "Try again; if it happens again, report the trace id."

    def __init__(self, detail: str, *, pointer: str = "", how_to_fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.how_to_fix = how_to_fix or type(self).how_to_fix


class BadInput(ServiceError):
    """The caller must mend what was sent; sending it again unchanged fails again."""

    code = "bad-input"
    how_to_fix = "Mend the place named by the pointer and send it again."


class MalformedJson(BadInput):
    code = "malformed-json"
    how_to_fix = "Send one JSON object in UTF-8, each key once, without NaN or control characters."


class BodyTooLarge(BadInput):
    code = "body-too-large"
    how_to_fix = "Send at most 1 MB: only the Patient, the Encounter and its Conditions are needed."


class EncodedBody(BadInput):
    code = "content-encoding-not-accepted"
    how_to_fix = "Send the body uncompressed, without a Content-Encoding header."


class WrongContentType(BadInput):
    code = "content-type-not-accepted"
    how_to_fix = "Send application/fhir+json (a FHIR Bundle) or application/json (the small form)."


class NotAcceptable(BadInput):
    code = "not-acceptable"
    how_to_fix = "Accept application/fhir+json or application/json; XML is not spoken here."


class InvalidResource(BadInput):
    code = "invalid-resource"
    how_to_fix = "Make the element what FHIR R4 (4.0.1) says it is."


class InvalidField(BadInput):
    code = "invalid-field"
    how_to_fix = "See the schema at /openapi.json."


class InvalidSearch(BadInput):
    code = "invalid-search"
    how_to_fix = "See /fhir/metadata for what can be searched by."


class ResourceTypeNotAccepted(BadInput):
    code = "resource-type-not-accepted"
    how_to_fix = "Leave out resources that an education plan does not need."


class BundleIncomplete(BadInput):
    code = "bundle-incomplete"
    how_to_fix = "Send one Patient, one Encounter, and its Conditions or an Encounter.reasonCode."


class UnresolvedReference(BadInput):
    code = "unresolved-reference"
    how_to_fix = "Put the resource that is referred to into the same Bundle."


class PatientMismatch(BadInput):
    code = "patient-mismatch"
    how_to_fix = "Send one encounter of one patient; every resource must be about that patient."


class EncounterNotUsable(BadInput):
    code = "encounter-not-usable"
    how_to_fix = "Send an encounter that takes or took place."


class ModifierNotUnderstood(BadInput):
    """FHIR R4 "Extensibility": what has an unknown modifier extension is not processed."""

    code = "modifier-not-understood"
    how_to_fix = "Send the resource without the modifierExtension, if it means the same then."


class InvalidCode(BadInput):
    code = "invalid-code"
    how_to_fix = "Send the code as its code system writes it."


class NoUsableCode(BadInput):
    code = "unknown-code-system"
    how_to_fix = (
        "Code the condition in SNOMED CT, ICD-10, SKS, ICD-10-CM or ICPC-2, "
        "or have the clinic's own codes listed in its settings."
    )


class IdempotencyKeyReused(BadInput):
    code = "idempotency-key-reused"
    how_to_fix = "Use a new Idempotency-Key for a new request; repeat a request unchanged."


class IdentifiesPatient(BadInput):
    """Addresses end up in logs, so nobody's name or number may stand in one."""

    code = "identifies-patient"
    how_to_fix = "Leave the parameter out: codes, language and recipient are enough."


class DataMissing(BadInput):
    """CDS Hooks 2.0, "Prefetch": neither was it sent, nor can it be read in the record."""

    code = "data-missing"
    how_to_fix = "Send what the service's prefetch names, or set up the clinic's record (`ehr:`)."


class NotAuthenticated(ServiceError):
    code = "not-authenticated"
    how_to_fix = "Send `Authorization: Bearer <token>` from an issuer this service is set up with."


class NotAllowed(ServiceError):
    code = "not-allowed"
    how_to_fix = "Ask for a token with the scope and context that this route needs."


class NotFound(ServiceError):
    """Missing, or not the caller's: both answer alike, so nothing can be guessed."""

    code = "not-found"
    how_to_fix = "Check the id, and that the token belongs to the clinic and patient it is about."


class Withdrawn(ServiceError):
    """A text that clinicians took back. `successor` is what to read instead, or None."""

    code = "withdrawn"
    how_to_fix = "Ask the clinic for the text that takes its place."

    def __init__(self, detail: str, *, language: str, successor: object = None) -> None:
        super().__init__(detail)
        self.language = language
        self.successor = successor


class IllegalTransition(ServiceError):
    code = "illegal-transition"
    how_to_fix = "Read the plan again; its state tells what can be done with it."


class StalePlan(ServiceError):
    code = "stale-plan"
    how_to_fix = "Read the plan again and repeat the change on its newest revision."


class DraftConflict(ServiceError):
    """`theirs` is the draft that is kept, for the writer to choose from."""

    code = "draft-conflict"
    how_to_fix = "Look at both versions and choose one; nothing that was typed is lost."

    def __init__(self, detail: str, theirs: object) -> None:
        super().__init__(detail)
        self.theirs = theirs


class TooManyRequests(ServiceError):
    """`wait` is in seconds."""

    code = "too-many-requests"
    how_to_fix = "Wait for the Retry-After time, then repeat the same request."

    def __init__(self, detail: str, *, wait: int) -> None:
        super().__init__(detail)
        self.wait = wait


class StoreBusy(ServiceError):
    """Nothing was answered as stored. `passing`: nothing is wrong, so it may go well at once."""

    code = "store-busy"
    how_to_fix = "Repeat the same request after the Retry-After time; it is done once."

    def __init__(self, detail: str, *, passing: bool = False) -> None:
        super().__init__(detail)
        self.passing = passing


class UnfitDatabase(ServiceError):
    code = "unfit-database"
    how_to_fix = "See docs/operator.md for how a database is made."


class ContentError(ServiceError):
    code = "content-error"
    how_to_fix = "Run `education-plan content check`."


class Unopened(StrEnum):
    """Why a SMART launch opened nothing; the words are in web/launch_words.py."""

    UNKNOWN_RECORD = "unknown-record"  # `iss` is in no clinic's settings
    MALFORMED = "malformed-launch"
    NOT_SMART = "not-smart"  # what the record says of its login cannot be used
    UNKNOWN_STATE = "unknown-state"  # never made here, used already, or too old
    OTHER_BROWSER = "other-browser"
    DECLINED = "declined"
    OTHER_SERVER = "other-server"  # another server answered than was asked
    NO_TOKEN = "no-token"  # noqa: S105  # a reason, no password
    WRONG_IDENTITY = "wrong-identity"
    NO_PATIENT = "no-patient"
    NO_USER = "no-user"
    NO_PAGES = "no-pages"  # there are none for who opened


class LaunchRefused(ServiceError):
    """`again` is an address that starts the same launch once more, "" for none."""

    code = "launch-refused"
    how_to_fix = "Open it from the record again; the reason is in the operator's page."

    def __init__(self, reason: Unopened, detail: str, *, again: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.again = again


class LoginUnavailable(ServiceError):
    code = "login-unavailable"
    how_to_fix = "Open it from the record again in a moment."
