"""A token that was signed for one use: read once, and its signature verified by PyJWT's own code.

`jwt.decode` goes over a token letter by letter and reads it twice, which costs more than the
signature does. A test holds that what is good here is good there, too.

Source: RFC 7515 (JWS), 3.1 and 5.2; RFC 8725 (best practice), 3.1.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

import jwt
import orjson

from service.domain.values import dataclass
from service.identity.tokens import ALGORITHMS

_PARTS = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
_PINNED = {name: jwt.algorithms.get_default_algorithms()[name] for name in ALGORITHMS}
# What they name would have to be understood, or would change what was signed (RFC 7515, 4.1.11).
_NOT_TAKEN = frozenset({"crit", "b64"})


@dataclass(frozen=True, slots=True)
class SignedToken:
    """What a token says of itself and of whoever signed it; believe it after `require_signed`."""

    head: Mapping[str, Any]
    claims: Mapping[str, Any]
    _signed: bytes
    _signature: bytes

    def require_signed(self, key: Any) -> None:
        """Raise PyJWTError, KeyError or TypeError unless the holder of this key signed it."""
        algorithm = _PINNED[self.head["alg"]]
        prepared = algorithm.prepare_key(key)  # raises for a key of another kind or curve
        if too_short := algorithm.check_key_length(prepared):
            raise jwt.InvalidKeyError(too_short)
        if not algorithm.verify(self._signed, prepared, self._signature):
            raise jwt.InvalidSignatureError


def read(token: str) -> SignedToken:
    """Return the parts of a token. Nothing of it is known to be true.

    Raises:
        ValueError, PyJWTError: it is none.
    """
    parts = _PARTS.fullmatch(token)
    if parts is None:
        raise jwt.DecodeError
    head, claims = orjson.loads(_bytes(parts[1])), orjson.loads(_bytes(parts[2]))
    if type(head) is not dict or type(claims) is not dict or not _NOT_TAKEN.isdisjoint(head):
        raise jwt.DecodeError
    return SignedToken(head, claims, token[: parts.end(2)].encode(), _bytes(parts[3]))


def _bytes(part: str) -> bytes:
    """Of the one spelling that these bytes have, and of no other."""
    found = base64.urlsafe_b64decode(f"{part}==")
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise jwt.DecodeError
    return found
