"""SMART Backend Services: this service logs in at a record with a key, not with a password.

HL7 SMART App Launch 2.x, "Backend Services" and "Asymmetric (public key) client authentication":
a signed assertion of at most five minutes is exchanged for a short token.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from service.ehr.wire import Answer, Silence, Wire
from service.usecases.delivering import Closed, NotNow

ASSERTION_LIFE = 240  # seconds; SMART allows 300
EARLY = 60.0  # seconds before its end that a token is not used any more
_KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def algorithm_of(key: str) -> str:
    """ES384 for an elliptic private key in PEM, RS384 for another.

    Raises:
        ValueError: it is no private key.
    """
    kind = load_pem_private_key(key.encode(), None)
    return "ES384" if isinstance(kind, EllipticCurvePrivateKey) else "RS384"


@dataclass(slots=True)
class BackendLogin:
    """The login of one clinic's record. Of many threads one asks, and all use its token."""

    wire: Wire
    client_id: str
    key: str  # PEM
    algorithm: str
    key_id: str = ""
    token_url: str = ""
    scope: str = "system/*.cruds"
    clock: Callable[[], float] = time.monotonic
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _token: str = ""
    _ends: float = 0.0

    def headers(self) -> Mapping[str, str]:
        with self._turn:
            if not self._token or self.clock() >= self._ends:
                self._log_in()
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self, headers: Mapping[str, str]) -> None:
        with self._turn:
            if headers.get("Authorization") == f"Bearer {self._token}":
                self._token = ""

    def _log_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": _KIND,
            "client_assertion": self._assertion(self._where()),
        }
        answer = self._ask("POST", self._where(), urlencode(form).encode())
        told = answer.body or {}
        token = told.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise Closed("login")
        self._token = token
        life = told.get("expires_in", 300)
        self._ends = self.clock() + max(0.0, float(life) - EARLY)

    def _assertion(self, audience: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + ASSERTION_LIFE,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self.key_id} if self.key_id else {}
        return jwt.encode(claims, self.key, self.algorithm, headers)

    def _where(self) -> str:
        if not self.token_url:
            found = (self._ask("GET", ".well-known/smart-configuration").body or {}).get(
                "token_endpoint"
            )
            if not isinstance(found, str) or "://" not in found:
                raise Closed("login")
            self.token_url = found
        return self.token_url

    def _ask(self, method: str, path: str, content: bytes | None = None) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if content else {}
        try:
            answer = self.wire.send(
                method, path, content=content, headers={"Accept": "application/json", **form}
            )
        except Silence as silence:
            raise NotNow("unreachable") from silence
        if answer.status >= 500 or answer.status == 429:
            raise NotNow("failing", after=answer.asks_to_wait())
        return answer
