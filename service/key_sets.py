"""Where keys of others are fetched: a JWKS over the wire that also brings plans to records.

It follows no redirect, takes in no more than a JWKS can need, and ends within five seconds.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from service.identity.tokens import NoKeys, keys_in

WHOLE = 5.0  # seconds
MOST_BYTES = 256 * 1024


def keys_at(url: str) -> Callable[[], Mapping[str, Any]]:
    """Return what asks for the keys at this address, by their ids; it raises NoKeys."""

    @cache
    def wire() -> Any:
        import ssl

        from service.ehr.wire import Wire  # with HTTP, when a token first comes

        trusted = ssl.get_default_verify_paths().cafile or ""  # by this machine, or SSL_CERT_FILE
        return Wire(url, whole=WHOLE, ca_file=trusted, most_bytes=MOST_BYTES, any_kind=True)

    def ask() -> Mapping[str, Any]:
        from service.ehr.wire import Silence

        try:
            answer = wire().send("GET", url, headers={"Accept": "application/json"}, seconds=WHOLE)
        except Silence as silence:
            raise NoKeys("the address of the keys does not answer") from silence
        if answer.status != 200 or answer.body is None:
            raise NoKeys("the address of the keys answers with something else")
        return keys_in(answer.body)

    return ask
