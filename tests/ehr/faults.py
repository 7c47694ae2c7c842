"""A record that fails as records fail: faults of a script, over real HTTP, then well again."""

import io
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock, Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

FHIR = "application/fhir+json"
LATE = 3.0  # seconds; longer than the tests' wires wait
Answer = tuple[str, list[tuple[str, str]], bytes]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None: ...


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve a WSGI application on loopback; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class Faulty:
    """Stands before a record. Each write (or read) takes the next fault of its script.

    A fault is a name of `FAULTS`, or such a function itself. `elsewhere` is where redirects
    lead. The CapabilityStatement comes without faults unless `statements` has some.
    """

    app: Any
    writes: list[Any] = field(default_factory=list)
    reads: list[Any] = field(default_factory=list)
    statements: list[Any] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # with what stands after the question mark
    elsewhere: str = "http://127.0.0.1:9/fhir"
    _turn: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict, start: Callable) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._turn:
            self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
            asked = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
            self.asked.append(asked.removesuffix("?"))
            script = self.writes if _writes(environ, body) else self.reads
            script = self.statements if environ["PATH_INFO"] == "/metadata" else script
            fault = script.pop(0) if script else "well"
        environ["tests.elsewhere"] = self.elsewhere
        answer = fault if callable(fault) else (FAULTS | OF_READS)[fault]
        return answer(self.app, environ, body, start)


def _writes(environ: dict, body: bytes) -> bool:
    if environ["REQUEST_METHOD"] == "GET":
        return False
    return b'"method":"GET"' not in body


def _well(app, environ, body, start) -> Iterable[bytes]:
    return _give(start, _do(app, environ, body))


def _do(app, environ, body: bytes) -> Answer:
    copy = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    pieces, status, headers = run_wsgi_app(app, copy)
    return status, list(headers), b"".join(pieces)


def _give(start, answer: Answer) -> list[bytes]:
    status, headers, content = answer
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start(status, [*kept, ("Content-Length", str(len(content)))])
    return [content]


def _status(code: int, *, after: bool = False, **headers: str):
    def fault(app, environ, body, start) -> Iterable[bytes]:
        if after:
            _do(app, environ, body)
        outcome = {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "processing", "diagnostics": "Fru Hansen"}],
        }
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(json.dumps(outcome), code, told, content_type=FHIR)(environ, start)

    return fault


def _moved(code: int, *, after: bool = False):
    """Another address, where a listener of the test may stand."""

    def fault(app, environ, body, start) -> Iterable[bytes]:
        location = environ["tests.elsewhere"] + environ["PATH_INFO"]
        return _status(code, after=after, Location=location)(app, environ, body, start)

    return fault


def _at(code: int):
    """To wait until a moment, which HTTP gives in whole seconds."""

    def fault(app, environ, body, start) -> Iterable[bytes]:
        moment = datetime.now(UTC) + timedelta(seconds=2)
        told = {"Retry_After": format_datetime(moment, usegmt=True)}
        return _status(code, **told)(app, environ, body, start)

    return fault


def _says(content: bytes, kind: str, *, after: bool = True):
    def fault(app, environ, body, start) -> Iterable[bytes]:
        if after:
            _do(app, environ, body)
        return Response(content, 200, content_type=kind)(environ, start)

    return fault


def _reset(*, after: bool):
    def fault(app, environ, body, start) -> Iterable[bytes]:
        if after:
            _do(app, environ, body)
        connection = environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        raise ConnectionResetError

    return fault


def slow(seconds: float):
    """It does what it was told, and says so too late."""

    def fault(app, environ, body, start) -> Iterable[bytes]:
        answer = _do(app, environ, body)
        time.sleep(seconds)
        return _give(start, answer)

    return fault


def drip(every: float):
    """It says so byte by byte, each after so many seconds, and never all of it."""

    def fault(app, environ, body, start) -> Iterable[bytes]:
        status, headers, content = _do(app, environ, body)
        start(status, [(n, v) for n, v in headers if n.lower() != "content-length"])
        for byte in content[:40]:
            yield bytes([byte])
            time.sleep(every)

    return fault


def _truncated(app, environ, body, start) -> Iterable[bytes]:
    status, headers, content = _do(app, environ, body)
    kept = [(n, v) for n, v in headers if n.lower() != "content-length"]
    start(status, [*kept, ("Content-Length", str(len(content)))])
    yield content[: len(content) // 2]
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def _huge(app, environ, body, start) -> Iterable[bytes]:
    _do(app, environ, body)
    start("200 OK", [("Content-Type", FHIR)])
    for _ in range(200):
        yield b" " * 65_536


def _endless(app, environ, body, start) -> Iterable[bytes]:
    _do(app, environ, body)
    start("200 OK", [("Content-Type", FHIR)])
    while True:
        yield b" " * 65_536


def _partial(share: float):
    """A transaction that is none: a part is kept, then it fails."""
    return _partly(lambda entries: entries[-int(len(entries) * share) :])


def first(many: int):
    """A transaction of which the first so many entries are kept, then it fails."""
    return _partly(lambda entries: entries[:many])


def _partly(choose: Callable[[list], list]):
    def fault(app, environ, body, start) -> Iterable[bytes]:
        bundle = json.loads(body)
        if bundle.get("type") != "transaction":
            return _status(500)(app, environ, body, start)
        some = choose(bundle["entry"])
        inside = {entry["fullUrl"] for entry in some}
        whole = json.dumps(bundle | {"entry": [_alone(entry, inside) for entry in some]})
        _do(app, environ, whole.encode())
        return _status(500)(app, environ, body, start)

    return fault


def _alone(entry: dict, inside: set[str]) -> dict:
    """Its links lead where the others would have come to stand, had they been kept."""

    def walk(value):
        if isinstance(value, dict):
            gone = value.get("reference", "")
            if isinstance(gone, str) and gone.startswith("urn:") and gone not in inside:
                return {"reference": f"Basic/lost-{gone[-12:]}"}
            return {key: walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    return entry | {"resource": walk(entry["resource"])}


def changed(change: Callable[[dict], None]):
    """The answer is about something else."""

    def fault(app, environ, body, start) -> Iterable[bytes]:
        status, headers, content = _do(app, environ, body)
        told = json.loads(content)
        for entry in told.get("entry", [{"resource": told}]):
            if "resource" in entry:
                change(entry["resource"])
        return _give(start, (status, headers, json.dumps(told).encode()))

    return fault


def _one_failed(app, environ, body, start) -> Iterable[bytes]:
    status, headers, content = _do(app, environ, body)
    told = json.loads(content)
    if told.get("entry"):
        told["entry"][-1]["response"] = {"status": "422 Unprocessable Entity"}
    return _give(start, (status, headers, json.dumps(told).encode()))


def _fewer(app, environ, body, start) -> Iterable[bytes]:
    status, headers, content = _do(app, environ, body)
    told = json.loads(content)
    told["entry"] = told.get("entry", [])[:-1]
    return _give(start, (status, headers, json.dumps(told).encode()))


def _ignored(app, environ, body, start) -> Iterable[bytes]:
    """It says that all went well, and keeps what stood there before."""
    told = json.loads(body)
    if told.get("type") != "transaction":
        return Response(body, 200, content_type=FHIR)(environ, start)
    entries = [{"response": _pretended(entry)} for entry in told["entry"]]
    answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    return Response(json.dumps(answer), 200, content_type=FHIR)(environ, start)


def _pretended(entry: dict) -> dict:
    request = entry["request"]
    place = request["url"] if "/" in request["url"].partition("?")[0] else "Basic/of-nothing"
    return {"status": "200 OK", "location": f"{place}/_history/9"}


def _other_type(resource: dict) -> None:
    resource["resourceType"] = "Basic"


def _other_patient(resource: dict) -> None:
    if "subject" in resource:
        resource["subject"] = {"reference": "Patient/another"}


def _other_id(resource: dict) -> None:
    resource["id"] = "another"


def _other_identity(resource: dict) -> None:
    resource.pop("identifier", None)
    resource.pop("masterIdentifier", None)
    resource.get("meta", {}).pop("tag", None)


OUTCOME = json.dumps(
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "exception", "diagnostics": "Fru Hansen"}],
    }
).encode()
ODD = (
    b'{"resourceType": "Bundle", "entry": "none"}',
    b'{"resourceType": "Bundle", "entry": [1, null, {"resource": []}]}',
    b'{"resourceType": ["Bundle"], "meta": 7}',
    b'{"resourceType": "CarePlan", "id": 5, "identifier": "x", "subject": "Patient/p1"}',
)

FAULTS: dict[str, Callable] = {
    "well": _well,
    "500": _status(500),
    "500-after": _status(500, after=True),
    "502": _status(502),
    "503": _status(503, Retry_After="1"),
    "503-date": _at(503),
    "503-nonsense": _status(503, Retry_After="soon"),
    "504-after": _status(504, after=True),
    "429": _status(429, Retry_After="1"),
    "429-date": _at(429),
    "408": _status(408),
    "425": _status(425),
    "400": _status(400),
    "401": _status(401),
    "403": _status(403),
    "404": _status(404),
    "409": _status(409),
    "409-after": _status(409, after=True),
    "410": _status(410),
    "412": _status(412),
    "413": _status(413),
    "415": _status(415),
    "422": _status(422),
    "501": _status(501),
    **{str(code): _moved(code) for code in (300, 301, 302, 303, 304, 307, 308)},
    "307-after": _moved(307, after=True),
    "html": _says(b"<html>Please log in</html>", "text/html"),
    "html-before": _says(b"<html>Please log in</html>", "text/html", after=False),
    "bad-json": _says(b'{"resourceType":', FHIR),
    "outcome": _says(OUTCOME, FHIR, after=False),
    "outcome-after": _says(OUTCOME, FHIR),
    **{f"odd-shape-{number}": _says(content, FHIR) for number, content in enumerate(ODD, 1)},
    "ignored": _ignored,
    "no-resource": _says(b"[1, 2]", FHIR),
    "empty": _says(b"", FHIR),
    "reset": _reset(after=False),
    "reset-after": _reset(after=True),
    "slow": slow(LATE),
    "drip": drip(LATE / 20),
    "truncated": _truncated,
    "huge": _huge,
    "endless": _endless,
    "partial-few": _partial(0.3),
    "partial-most": _partial(0.9),
    "one-failed": _one_failed,
    "fewer-entries": _fewer,
    "wrong-type": changed(_other_type),
    "wrong-patient": changed(_other_patient),
    "wrong-identity": changed(_other_identity),
}
# Of an answer to a question, beside these.
OF_READS: dict[str, Callable] = {"wrong-id": changed(_other_id)}
