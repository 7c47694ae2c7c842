"""The running service with all around it: who may be asked, who may not, and how it is asked."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from service.identity.demo_issuer import DemoIssuer
from tests.conftest import FHIR, JSON
from tests.doors.addresses import spellings
from tests.doors.canaries import Calls, Canaries
from tests.ehr.faults import Faulty
from tests.live import Live
from tests.smart.login_server import LoginServer

BASE_URL = "http://127.0.0.1:8080"  # as the service calls itself
FORM = "application/x-www-form-urlencoded"
Request = tuple[str, str, dict[str, str], bytes]


@dataclass
class Doors:
    """The running service, what may be asked (a login, a record), and what may not."""

    live: Live
    calls: Calls
    canaries: Canaries
    login: LoginServer
    record: Faulty
    base: str
    issuer: DemoIssuer
    tokens: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    @property
    def spellings(self) -> list[str]:
        return spellings(self.canaries.ports)

    def bearer(self, role: str = "system") -> dict[str, str]:
        if role not in self.tokens:
            patient = "p1" if role == "patient" else ""
            self.tokens[role] = self.issuer.token(role, tenant="demo", patient=patient)
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def hook(self, service: str, body: Any, rest: str = "") -> Request:
        path = f"/cds-services/{service}{rest}"
        token = self.issuer.call_token(f"{BASE_URL}{path}", tenant="demo")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
        return "POST", path, headers, orjson.dumps(body)

    def ask(self, request: Request) -> http.client.HTTPResponse:
        """Send it on a connection that is kept."""
        if self._connection is None:
            place = self.live.url.removeprefix("http://")
            self._connection = http.client.HTTPConnection(place, timeout=30)
        method, path, headers, content = request
        try:
            self._connection.request(method, path, content, {"Accept": JSON} | headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # it was kept too long
            self._connection.close()
            self._connection.request(method, path, content, {"Accept": JSON} | headers)
            answer = self._connection.getresponse()
        answer.content = answer.read()  # type: ignore[attr-defined]
        return answer

    def at_each(self, requests: Iterator[Request]) -> Counter[int]:
        """Send them all; what they were answered, when all is well with every answer."""
        statuses: Counter[int] = Counter()
        for request in requests:
            answer = self.ask(request)
            statuses[answer.status] += 1
            assert answer.status < 500, (request, answer.content)
            if answer.status >= 400:
                assert _says_why(answer), (request, answer.status, answer.headers)
            place = answer.headers.get("Location", "/")
            own = place.startswith("/") and not place.startswith(("//", "/\\"))
            assert own or place.startswith(f"{self.login.base}/authorize?"), (request, place)
        return statuses

    def nobody_was_called(self, *allowed: str) -> None:
        assert self.calls.elsewhere(*allowed) == []
        assert self.canaries.heard == []


def _says_why(answer: http.client.HTTPResponse) -> bool:
    content = answer.content  # type: ignore[attr-defined]
    kind = answer.headers.get_content_type()
    if kind == "text/html":
        return bool(content)
    told = json.loads(content)
    if kind == FHIR:
        return bool(told["issue"][0]["details"]["coding"][0]["code"])
    return kind == "application/problem+json" and all(told[n] for n in ("code", "detail"))
