"""SMART Backend Services: this service logs in at a record with a key, not with a password.

HL7 SMART App Launch 2.x, "Backend Services" and "Asymmetric (public key) client authentication":
a signed assertion of at most five minutes is exchanged for a short token.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import field
from typing import Any
from urllib.parse import urlencode

from service.domain.values import dataclass
from service.ehr.client_key import KIND, ClientKey
from service.ehr.wire import Answer, Silence, Wire
from service.usecases.delivering import Closed, NotNow
from service.usecases.origin import origin_of

EARLY = 60.0  # seconds before its end that a token is not used any more
USUAL_LIFE, LONGEST_LIFE = 300.0, 86_400.0  # seconds; the first where the record does not say
_TOKEN = re.compile(r"[\x21-\x7e]+")  # what can stand in a header


@dataclass(slots=True)
class BackendLogin:
    """The login of one clinic's record. Of many threads one asks, and all use its token.

    `granted` are the scopes that came with the newest token, "" when it did not say.
    """

    wire: Wire
    client_id: str
    key: str  # PEM
    algorithm: str
    key_id: str = ""
    token_url: str = ""
    scope: str = "system/*.cruds"
    clock: Callable[[], float] = time.monotonic
    granted: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _token: str = ""
    _ends: float = 0.0
    _failed: tuple[float, Closed | NotNow] | None = None  # when the newest login failed, and how

    def headers(self) -> Mapping[str, str]:
        came = self.clock()
        with self._turn:
            if not self._token or self.clock() >= self._ends:
                self._log_in_unless_it_failed_since(came)
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self, headers: Mapping[str, str]) -> None:
        with self._turn:
            if headers.get("Authorization") == f"Bearer {self._token}":
                self._token = ""

    def _log_in_unless_it_failed_since(self, came: float) -> None:
        """Those who waited for a login that failed do not each try in their turn."""
        if self._failed and self._failed[0] > came:
            raise copy(self._failed[1])
        try:
            self._log_in()
        except (Closed, NotNow) as fault:
            self._failed = (self.clock(), fault)
            raise

    def _log_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": KIND,
            "client_assertion": self._assertion(self._where()),
        }
        answer = self._ask("POST", self._where(), urlencode(form).encode())
        told = answer.body or {}
        token, kind = told.get("access_token"), told.get("token_type", "bearer")
        fits = isinstance(token, str) and _TOKEN.fullmatch(token)
        if answer.status != 200 or not fits or str(kind).lower() != "bearer":
            raise Closed("login")
        life = _life(told.get("expires_in"))
        self._token = str(token)
        self._ends = self.clock() + life - min(EARLY, life / 2)
        self.granted = str(told.get("scope", ""))

    def _assertion(self, audience: str) -> str:
        key = ClientKey(self.key, self.algorithm, self.key_id)
        return key.assertion(self.client_id, audience)

    def _where(self) -> str:
        """The token endpoint: of the settings, else what the record's own base names."""
        if not self.token_url:
            told = self._ask("GET", ".well-known/smart-configuration").body or {}
            found = told.get("token_endpoint")
            if not isinstance(found, str) or not self._may_be_sent_to(found):
                raise Closed("login")
            self.token_url = found
        return self.token_url

    def _may_be_sent_to(self, address: str) -> bool:
        """A login goes to the record's own scheme, host and port, unless the settings say where.

        A record could otherwise send this service to any other on its network.
        """
        own = origin_of(self.wire.base)
        return own != "" and origin_of(address) == own

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


def _life(told: Any) -> float:
    """Seconds that a token lasts, by `expires_in`."""
    try:
        life = float(told)
    except (TypeError, ValueError, OverflowError):
        return USUAL_LIFE
    return min(life, LONGEST_LIFE) if life > 0 else USUAL_LIFE
