"""Who logged in: the id_token that comes with a launch (OpenID Connect Core 1.0, 3.1.3.7)."""

import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt

from service.domain.errors import LaunchRefused, Unopened
from service.domain.values import dataclass
from service.identity.tokens import ALGORITHMS, LEEWAY_SECONDS, LONG_ENOUGH

_NEEDED = ["iss", "aud", "sub", "iat", "exp", "nonce"]
_PERSON = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9.-]{1,64}")
OLDEST = 600  # seconds; a login under way is no older


@dataclass(frozen=True, slots=True)
class Person:
    """Who logged in: a name for the audit trail, and the resource of the record."""

    subject: str
    reference: str

    @property
    def is_clinician(self) -> bool:
        return self.reference.startswith("Practitioner")


def person_of(
    token: Any,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    iss: str,
    acr: Sequence[str] = (),
    now: Callable[[], float] = time.time,
) -> Person:
    """Return the person of an id_token that this server signed, for us, for this very launch.

    Where `acr` names ways to log in, it must have been by one of them.

    Raises:
        LaunchRefused: it is anything else, or names nobody that may open pages.
    """
    try:
        claims = jwt.decode(
            token,
            _key(token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _NEEDED, **LONG_ENOUGH},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong() from error
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise _wrong()
    among_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if among_others else client_id) != client_id:
        raise _wrong()
    if claims["iat"] < now() - OLDEST or (acr and claims.get("acr") not in acr):
        raise _wrong()
    subject = claims["sub"]
    if not (isinstance(subject, str) and subject.isprintable() and 0 < len(subject) <= 255):
        raise _wrong()
    return Person(subject, _reference(claims.get("fhirUser"), iss))


def lacks_key(token: Any, keys: Mapping[str, Any]) -> bool:
    """Tell whether a token is signed by a key that may be newer than these."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        return kid is not None and kid not in [each.get("kid") for each in keys["keys"]]
    except (jwt.PyJWTError, KeyError, TypeError, AttributeError):
        return False


def _key(token: str, keys: Mapping[str, Any]) -> Any:
    """The server's own key of that name; without a name, its only one."""
    found = [jwt.PyJWK(each) for each in keys["keys"] if each.get("use", "sig") == "sig"]
    kid = jwt.get_unverified_header(token).get("kid")
    (key,) = [key for key in found if kid in (None, key.key_id)]
    return key


def _reference(told: Any, iss: str) -> str:
    """`Practitioner/1`, also when it is told as an address below the record's base."""
    local = told.removeprefix(f"{iss}/") if isinstance(told, str) else ""
    if not _PERSON.fullmatch(local):
        raise LaunchRefused(Unopened.NO_USER, "fhirUser names no person of this record")
    return local


def _wrong() -> LaunchRefused:
    # One answer for every defect: the reason would only help whoever forges.
    return LaunchRefused(Unopened.WRONG_IDENTITY, "the id_token is not valid for this launch")
