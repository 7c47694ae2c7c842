"""Bearer tokens: from whom, for us, still good, and what they allow.

Only configured issuers, only their own keys by JWKS, only pinned asymmetric algorithms
(decision 15). Key URLs inside a token (`jku`, `x5u`, `jwk`) are never looked at.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt

from service.domain.errors import NotAllowed, NotAuthenticated
from service.domain.values import dataclass
from service.identity.published import Published
from service.identity.scopes import Scopes, parse_scopes

ALGORITHMS = ("ES384", "RS384", "ES256", "RS256")
LEEWAY_SECONDS = 30
# A key of RSA under 2048 bits verifies nothing (RFC 7518, 3.3).
LONG_ENOUGH: Any = {"enforce_minimum_key_length": True}
_CACHE_SIZE = 1_000

KeyFor = Callable[[str], Any]  # the signing key of a token


@dataclass(frozen=True, slots=True)
class Issuer:
    """One authorization server we believe, and for which clinic it speaks.

    `tenant` "" means that the token names it: for an issuer of ours only.
    """

    url: str
    tenant: str
    key_for: KeyFor


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified token speaks for. `expires` is in seconds since 1970."""

    tenant: str
    subject: str
    scopes: Scopes
    patient: str
    practitioner: str
    expires: float


class Verifier:
    """Turns a bearer token into an Identity; good tokens are remembered until they expire."""

    def __init__(
        self,
        issuers: Mapping[str, Issuer],
        audience: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = issuers
        self._audience = audience
        self._now = now
        self._known: dict[bytes, Identity] = {}
        self._lock = threading.Lock()

    def verify(self, token: str) -> Identity:
        """Return whom the token speaks for.

        Raises:
            NotAuthenticated: not signed by an issuer of ours, not for us, or not valid now.
            NotAllowed: it lacks the context that its scopes need.
        """
        name = hashlib.sha256(token.encode()).digest()  # the token itself is never kept
        known = self._known.get(name)
        if known is not None and known.expires > self._now():
            return known
        identity = self._verify(token)
        with self._lock:
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[name] = identity
        return identity

    def _verify(self, token: str) -> Identity:
        try:
            stated = jwt.decode(token, options={"verify_signature": False})
            issuer = self._issuers[stated["iss"]]
            claims = jwt.decode(
                token,
                issuer.key_for(token),
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=issuer.url,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": ["iss", "aud", "sub", "iat", "exp", "jti"],
                    **LONG_ENOUGH,
                },
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            # One answer for every defect: the reason would only help whoever forges.
            raise NotAuthenticated("the token is not valid here") from error
        return _identity(claims, issuer)


def keys_from_file(path: Path) -> KeyFor:
    """Keys of a JWKS file, read anew when a token names a key not seen yet."""
    known: dict[str, Any] = {}

    def key_for(token: str) -> Any:
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in known and path.exists():
            key_set = jwt.PyJWKSet.from_dict(json.loads(path.read_text()))
            known.update({str(key.key_id): key for key in key_set.keys})
        return known[kid]

    return key_for


class NoKeys(ValueError):
    """An issuer's keys do not come, or are none."""


def keys_in(jwks: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys of a JWKS by their ids.

    Raises:
        NoKeys: there is none that can be used.
    """
    try:
        return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(dict(jwks)).keys}
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise NoKeys("what is published there are no keys") from error


def keys_published(ask: Callable[[], Mapping[str, Any]]) -> KeyFor:
    """Keys of an issuer's JWKS, kept a while; one that is new is found within half a minute.

    `ask` asks for them, by their ids, and raises NoKeys.
    """
    kept = Published(ask, NoKeys)

    def key_for(token: str) -> Any:
        kid = jwt.get_unverified_header(token)["kid"]
        return kept.newest(lambda keys: kid not in keys)[kid]

    return key_for


def _identity(claims: dict[str, Any], issuer: Issuer) -> Identity:
    tenant = issuer.tenant or claims.get("tenant")
    scopes = parse_scopes(str(claims.get("scope", "")))
    patient, practitioner = claims.get("patient", ""), claims.get("fhirUser", "")
    if not isinstance(tenant, str) or not tenant:
        raise NotAllowed("the token names no clinic")
    # A missing context claim denies: elsewhere it silently widened access (SMART 2.2).
    if "patient" in scopes.contexts and not (isinstance(patient, str) and patient):
        raise NotAllowed("the token has patient scopes but names no patient")
    if "user" in scopes.contexts and not (isinstance(practitioner, str) and practitioner):
        raise NotAllowed("the token has user scopes but names no user")
    subject = claims["sub"]
    if not (isinstance(subject, str) and subject.isprintable() and len(subject) <= 255):
        raise NotAuthenticated("the token does not say plainly who it is for")
    return Identity(
        tenant=tenant,
        subject=subject,
        scopes=scopes,
        patient=_local(str(patient), "Patient"),
        practitioner=_local(str(practitioner), "Practitioner"),
        expires=float(claims["exp"]),
    )


def _local(name: str, resource_type: str) -> str:
    """`p1`, `Patient/p1` and `https://…/Patient/p1` are all `Patient/p1`."""
    if not name:
        return ""
    parts = name.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 else f"{resource_type}/{name}"
