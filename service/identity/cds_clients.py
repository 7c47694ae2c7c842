"""Tokens of CDS clients: a record that calls the hook services signs each call anew.

CDS Hooks 2.0, "Trusting CDS Clients". What it says a service should, this one does: only
clients of the file of clinics, each with its one `jku`; only pinned asymmetric algorithms; the
exact address that is called as the only `aud`; five minutes of life, and one use (who keeps the
`jti` is usecases/answer_hook.py). Nothing of a token is kept or logged but a hash of its `jti`.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import jwt

from service.domain.errors import NotAuthenticated
from service.domain.values import dataclass
from service.identity.published import Published
from service.identity.signed_token import read
from service.identity.tokens import LEEWAY_SECONDS
from service.usecases.in_time import TooLate

LONGEST_LIFE = 300  # seconds between `iat` and `exp`
_LONGEST = 255  # characters of a jti

# What is wrong with a token, and what keeps a client's keys from coming.
_WRONG = (jwt.PyJWTError, KeyError, TypeError, ValueError, OSError, TooLate)

Within = Callable[[Callable[[], object]], object]  # does it, or raises when that takes too long


@dataclass(frozen=True, slots=True)
class CdsCall:
    """A call that a client of ours signed. `token` names it, `expires` is in seconds since 1970."""

    tenant: str
    client: str
    token: str
    expires: float


@dataclass(frozen=True, slots=True)
class CdsClient:
    """A record that may call, for which clinic, and where its keys are; `jku` "" for nowhere.

    `tenant` "" means that the token names it: for the demo's own client only.
    """

    issuer: str
    tenant: str
    jku: str
    keys: Published[Mapping[str, Any]]  # by their ids
    within: Within = lambda work: work()

    def key(self, kid: str) -> Any:
        """The key of this id; KeyError when the client has none."""

        def lacks(keys: Mapping[str, Any]) -> bool:
            return kid not in keys

        if self.keys.is_due(lacks):
            # What comes too late for this call is there for the next.
            with suppress(*_WRONG):
                self.within(lambda: self.keys.newest(lacks))
        return (self.keys.believed() or {})[kid]


class CdsClients:
    """The clients of all clinics, by issuer."""

    def __init__(
        self, clients: Mapping[str, CdsClient], now: Callable[[], float] = time.time
    ) -> None:
        self._clients = clients
        self._now = now

    def verify(self, token: str, address: str) -> CdsCall:
        """Return whose call this is. That it is the first with this token is not known yet.

        Raises:
            NotAuthenticated: not by a client of ours, not for this address, or not now.
        """
        try:
            return self._verify(token, address)
        except _WRONG as error:
            # One answer for every defect: the reason would only help whoever forges.
            raise NotAuthenticated(
                "the token is not valid here",
                how_to_fix="Sign a new token for each call: see docs/integrator.md, CDS Hooks.",
            ) from error

    def _verify(self, token: str, address: str) -> CdsCall:
        signed, now = read(token), self._now()
        claims = signed.claims
        client = self._clients[claims["iss"]]
        _require_as_agreed(signed.head, client)
        signed.require_signed(client.key(signed.head["kid"]).key)
        # Not one of several: a token for two services is one that the other could send here.
        if claims["aud"] not in (address, [address]):
            raise jwt.InvalidAudienceError
        _require_times(claims, now)
        return CdsCall(
            tenant=client.tenant or _text(claims["tenant"]),
            client=client.issuer,
            token=hashlib.sha256(_text(claims["jti"]).encode()).hexdigest(),
            expires=float(claims["exp"]) + LEEWAY_SECONDS,
        )


def _require_as_agreed(head: Mapping[str, Any], client: CdsClient) -> None:
    if str(head.get("typ", "")).upper() != "JWT":
        raise jwt.InvalidTokenError
    if "jku" in head and head["jku"] != client.jku:
        raise jwt.InvalidTokenError


def _require_times(claims: Mapping[str, Any], now: float) -> None:
    """RFC 7519, 4.1.4 to 4.1.6. Who sends no number there raises TypeError."""
    issued, expires = claims["iat"], claims["exp"]
    if not 0 < expires - issued <= LONGEST_LIFE:
        raise jwt.InvalidTokenError
    if expires <= now - LEEWAY_SECONDS:
        raise jwt.ExpiredSignatureError
    if max(issued, claims.get("nbf", issued)) > now + LEEWAY_SECONDS:
        raise jwt.ImmatureSignatureError


def _text(value: Any) -> str:
    if not (isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST):
        raise jwt.InvalidTokenError
    return value
