"""A record's login server, as the record describes it (SMART App Launch 2.2, "Discovery").

What it says is believed only within the clinic's settings: an address outside the record's own
origin and those of `login_origins` is never called, and no browser is sent there.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from service.domain.errors import LaunchRefused, LoginUnavailable, Unopened
from service.domain.values import dataclass
from service.usecases.origin import origin_of

_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,2000}")
METHOD = "S256"  # of PKCE; SMART 2.2 allows no other


class Reply(Protocol):
    """A whole answer; `body` is None unless it is a JSON object. A redirect is an answer."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> dict[str, Any] | None: ...


class NoReply(Exception):
    """No whole answer came in time."""


# Method, address, headers, content. It follows no redirect and ends in time. Raises NoReply.
Ask = Callable[[str, str, Mapping[str, str], bytes | None], Reply]


@dataclass(frozen=True, slots=True)
class SmartServer:
    """Where a record's logins go; `names_itself` by RFC 9207, in its answer to the browser."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool


def discover(iss: str, origins: frozenset[str], ask: Ask) -> SmartServer:
    """Return the login server that the record at `iss` describes.

    Raises:
        LaunchRefused: what it says cannot be used, or leads outside `origins`.
        LoginUnavailable: it does not answer.
    """
    told = fetched(ask, f"{iss}/.well-known/smart-configuration")
    methods = told.get("code_challenge_methods_supported")
    if not isinstance(methods, list) or METHOD not in methods:
        raise not_smart(f"code_challenge_methods_supported lacks {METHOD}")
    found = {
        name: _within(origins, told, name)
        for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    says = told.get("authorization_response_iss_parameter_supported") is True
    return SmartServer(**found, names_itself=says)


def fetched(ask: Ask, address: str) -> dict[str, Any]:
    """Return the JSON object at an address. Raises as `discover` does."""
    answer = answered(ask, "GET", address, {}, None)
    if answer.status != 200 or answer.body is None:
        raise not_smart("it is not answered with 200 and a JSON object")
    return answer.body


def answered(
    ask: Ask, method: str, address: str, headers: Mapping[str, str], content: bytes | None
) -> Reply:
    """Return what is answered.

    Raises:
        LoginUnavailable: nothing is, or only that it cannot at the moment.
    """
    try:
        answer = ask(method, address, {"Accept": "application/json", **headers}, content)
    except NoReply as error:
        raise LoginUnavailable("the login of the record does not answer") from error
    if answer.status >= 500 or answer.status == 429:
        raise LoginUnavailable("the login of the record has a fault")
    return answer


def not_smart(why: str) -> LaunchRefused:
    return LaunchRefused(Unopened.NOT_SMART, f"the record's smart-configuration: {why}")


def _within(origins: frozenset[str], told: Mapping[str, Any], name: str) -> str:
    address = told.get(name)
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise not_smart(f"{name} is missing, or no address")
    if origin_of(address) not in origins:
        raise not_smart(f"{name} is not of the record or its login_origins")
    return address
