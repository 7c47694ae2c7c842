"""The key that this service shows itself with at a record's login, instead of a password.

HL7 SMART App Launch 2.x, "Asymmetric (public key) client authentication": a signed assertion
of at most five minutes; servers find the public key by its `kid` in our JWKS.
"""

import hashlib
import json
import time
import uuid
from dataclasses import field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from service.domain.values import dataclass

ASSERTION_LIFE = 240  # seconds; SMART allows 300
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FIT = "an elliptic key on P-384 (ES384), or an RSA key of at least 2048 bits (RS384), unsealed"
_THUMB = ("crv", "e", "kty", "n", "x", "y")  # what RFC 7638 hashes of such keys


def algorithm_of(key: str) -> str:
    """ES384 or RS384: what SMART asks clients and servers to know, by the private key in PEM.

    Raises:
        ValueError: it is another key, or none.
    """
    try:
        kind = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError) as error:  # TypeError: it is sealed with a password
        raise ValueError(f"it must be {_FIT}") from error
    if isinstance(kind, EllipticCurvePrivateKey) and isinstance(kind.curve, SECP384R1):
        return "ES384"
    if isinstance(kind, RSAPrivateKey) and kind.key_size >= 2048:
        return "RS384"
    raise ValueError(f"it must be {_FIT}")


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A private key in PEM, fit by `algorithm_of`; `key_id` "" for an assertion without `kid`."""

    pem: str = field(repr=False)
    algorithm: str
    key_id: str = ""

    def assertion(self, client_id: str, audience: str) -> str:
        """Return a new assertion for one request to `audience`, the token endpoint."""
        now = int(time.time())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + ASSERTION_LIFE,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self.key_id} if self.key_id else {}
        return jwt.encode(claims, self.pem, self.algorithm, headers)

    def public(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key (RFC 7517)."""
        return self._half() | {"kid": self.key_id, "use": "sig", "alg": self.algorithm}

    def thumbprint(self) -> str:
        """Return what names the key where nobody gave it a name (RFC 7638)."""
        half = {name: value for name, value in self._half().items() if name in _THUMB}
        text = json.dumps(half, sort_keys=True, separators=(",", ":"))
        return jwt.utils.base64url_encode(hashlib.sha256(text.encode()).digest()).decode()

    def _half(self) -> dict[str, Any]:
        kind = (
            jwt.algorithms.ECAlgorithm if self.algorithm[0] == "E" else jwt.algorithms.RSAAlgorithm
        )
        private: Any = load_pem_private_key(self.pem.encode(), None)
        found: dict[str, Any] = json.loads(kind.to_jwk(private.public_key()))
        return {name: value for name, value in found.items() if name != "key_ops"}
