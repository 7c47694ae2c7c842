"""Links to a further page: sealed, so that they tell nothing and cannot be written by hand.

A search may name a patient, and addresses end up in logs: what was asked travels inside
the seal (Fernet: AES-128-CBC and HMAC-SHA-256), and only whom it was made for may use it.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from service.domain.errors import InvalidSearch
from service.usecases.ports import Caller
from service.usecases.search_record import Place

LIFETIME_SECONDS = 3600
Pairs = tuple[tuple[str, str], ...]


class Pages:
    """Seals and opens links with one secret, which all replicas share."""

    def __init__(self, secret: bytes) -> None:
        self._key = base64.urlsafe_b64encode(hashlib.sha256(b"pages" + secret).digest())

    def seal(self, caller: Caller, resource_type: str, asked: Pairs, place: Place) -> str:
        """Return the token of the page that begins after this place."""
        content = orjson.dumps([*_whom(caller), resource_type, asked, asdict(place)])
        sealed: bytes = self._fernet().encrypt(content)
        return sealed.decode()

    def open(self, token: str, caller: Caller, resource_type: str) -> tuple[Pairs, Place]:
        """Return what was asked for, and the place that this page begins after.

        Raises:
            InvalidSearch: the link is not ours, is over an hour old, or somebody else's.
        """
        from cryptography.fernet import InvalidToken

        try:
            content = orjson.loads(self._fernet().decrypt(token.encode(), ttl=LIFETIME_SECONDS))
        except InvalidToken:
            raise _not_usable() from None
        *made_for, asked, place = content
        if made_for != [*_whom(caller), resource_type]:
            raise _not_usable()
        return _pairs(asked), Place(**place)

    def _fernet(self) -> Any:
        # Imported when a page is turned: a start need not wait for it.
        from cryptography.fernet import Fernet

        return Fernet(self._key)


def _whom(caller: Caller) -> tuple[str, str, str, str]:
    return caller.tenant, caller.role, caller.name, caller.patient


def _pairs(asked: Sequence[Sequence[str]]) -> Pairs:
    return tuple((name, value) for name, value in asked)


def _not_usable() -> InvalidSearch:
    return InvalidSearch(
        "this link to a page cannot be used",
        pointer="?_page",
        how_to_fix="Links hold for an hour, and for whom they were made for. Search again.",
    )
