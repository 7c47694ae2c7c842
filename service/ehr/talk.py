"""One conversation with a record: logged in, over by its deadline, every answer judged.

What an answer means for a delivery (reliability facts F11 to F18, docs/decisions/0015):

    400 405 413 415 422 501   refused: a person must look
    401                       log in anew once; then nobody gets in
    403, 404, 410             not allowed, not found: a person must look
    409 412                   somebody else wrote: look again, at most five times
    408 425 429 503           wait, as long as it says
    other 5xx, 3xx, no FHIR   uncertain: look what stands there, then go on
"""

import time
from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from service.domain.values import dataclass
from service.ehr.outcome import codes_of
from service.ehr.shape import is_resource
from service.ehr.wire import Answer, Silence, Wire
from service.usecases.delivering import Closed, NotNow, NotTaken

Resource = dict[str, Any]
MOST_CONFLICTS = 5
_REFUSED = {400, 405, 413, 415, 422, 501}
_BUSY = {408, 425, 429, 503}


class Login(Protocol):
    """How this service logs in at a record. `granted` are the scopes it got, if it was told."""

    granted: str

    def headers(self) -> Mapping[str, str]:
        """The headers that let a request in.

        Raises:
            Closed: the login is refused. NotNow: it does not answer.
        """

    def forget(self, headers: Mapping[str, str]) -> None:
        """These were refused: log in anew, unless another thread has already."""


class NoLogin:
    """For a record that lets everybody on its network in."""

    granted = ""

    def headers(self) -> Mapping[str, str]:
        return {}

    def forget(self, headers: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Talk:
    """The requests of one delivery. `ends` is on the monotonic clock."""

    wire: Wire
    login: Login
    ends: float

    def read(self, path: str) -> Resource | None:
        """Return what stands at the path; None for nothing (404, 410).

        Raises:
            NotTaken, NotNow, Closed: by the table above.
        """
        answer = self._send("GET", path, writes=False)
        if answer.status in (404, 410):
            return None
        return self.judged(answer, writes=False)

    def write(
        self, method: str, path: str, resource: Resource, headers: Mapping[str, str] | None = None
    ) -> tuple[Resource, Answer]:
        """Send a resource, and return what came back. Raises as `read`."""
        given = {"Prefer": "return=representation", **(headers or {})}
        answer = self._send(method, path, writes=True, resource=resource, headers=given)
        return self.judged(answer, writes=True), answer

    def ask(self, resource: Resource) -> Resource:
        """Post a Bundle that only reads. Raises as `read`."""
        answer = self._send("POST", "", writes=False, resource=resource)
        return self.judged(answer, writes=False)

    def remove(self, path: str) -> bool:
        """Delete what stands there; False when the record does not let us."""
        return 200 <= self._send("DELETE", path, writes=True).status < 300

    def _send(
        self,
        method: str,
        path: str,
        *,
        writes: bool,
        resource: Resource | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        content = None if resource is None else orjson.dumps(resource)
        for attempt in (1, 2):
            entry = self.login.headers()  # may wait for another thread that logs in
            left = self.ends - time.monotonic()
            if left <= 0:
                raise NotNow("busy", uncertain=True)
            given = {**entry, **(headers or {})}
            try:
                answer = self.wire.send(method, path, content=content, headers=given, seconds=left)
            except Silence as silence:
                reason = "paced" if silence.crowded else "unreachable"
                raise NotNow(reason, uncertain=writes and silence.sent) from silence
            if answer.status != 401 or attempt == 2:
                break
            self.login.forget(entry)
        return answer

    def judged(self, answer: Answer, *, writes: bool) -> Resource:
        """Return what a good answer holds. Raises as `read` by what another means."""
        status = answer.status
        if 200 <= status < 300:
            if answer.body is None or not is_resource(answer.body):
                raise NotNow("not-fhir", uncertain=writes)
            return answer.body
        if status == 401:
            raise Closed("login")
        if status in (409, 412):
            raise NotNow("conflict", uncertain=True, most=MOST_CONFLICTS)
        if status in _BUSY:
            raise NotNow("busy", uncertain=writes, after=answer.asks_to_wait())
        refused = "refused" if status in _REFUSED else ""
        known = {403: "not-allowed", 404: "not-found", 410: "not-found"}
        if reason := refused or known.get(status):
            raise NotTaken(reason, codes_of(answer))
        reason = "moved" if 300 <= status < 400 else "failing"
        raise NotNow(reason, uncertain=writes, after=answer.asks_to_wait())
