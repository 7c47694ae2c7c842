"""Writes the pages of this folder that say what the code says: `python docs/reference/generate.py`.

    settings.md     from service/config/settings.py
    errors.md       from the error tree and the one error table
    routes.md       from the registered routes, the scopes they state, and OpenAPI
    log-events.md   from the log calls in service/

A house test holds the pages to this. A route, field or event without a description stops it.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service import logs
from service.app import build_web
from service.config.settings import PREFIX, SETTINGS
from service.domain.errors import ServiceError
from service.web.clinician import Views
from service.web.errors import ERRORS
from service.web.parts import Parts
from service.web.portal import Views as OwnViews

FOLDER = Path(__file__).parent
SERVICE = Path(logs.__file__).parent

# Routes that OpenAPI does not list, because they are about it.
UNLISTED = {
    "/": "Leads to `/docs`.",
    "/docs": "The API as a page, without scripts.",
    "/openapi.json": "The API as OpenAPI 3.1.",
    "/static/<path:filename>": "Style sheets.",
    "/smart/launch": "Begin a SMART launch: to the login of the record in `iss`.",
    "/smart/callback": "Come back from that login, into the pages of its patient.",
    "/.well-known/jwks.json": "The public keys that a record knows this service by.",
    # FHIR says what it can do in its own way: /fhir/metadata.
    "/fhir/metadata": "What the FHIR façade can do, as a CapabilityStatement.",
    "/fhir/<resource_type>": "Search a type.",
    "/fhir/<resource_type>/_search": "Search a type, with the parameters in a form.",
    "/fhir/<resource_type>/<resource_id>": "Read a resource in its newest version.",
    "/fhir/<resource_type>/<resource_id>/_history": "All versions of a resource.",
    "/fhir/<resource_type>/<resource_id>/_history/<version>": "Read one version.",
    "/fhir/<resource_type>/$apply": "Apply the definition of a canonical.",
    "/fhir/<resource_type>/<resource_id>/$apply": "Apply a definition.",
    "/fhir/<resource_type>/$validate": "What is wrong with a resource, told with 200.",
    "/fhir/$propose": "The transaction Bundle an encounter would give, stored nowhere.",
}
# Codes that have no class, because no code of ours is reached: gunicorn or nginx refuses.
BEFORE_THE_APPLICATION = {
    "malformed-http": "Send it through an ordinary HTTP client.",
    "unavailable": "Repeat the same request. What was done already is not done twice.",
}
EVENTS = {
    "audit-sealed": "Rows of an audit trail were sealed; `seal` is the head of its chain now.",
    "access-refused": "Somebody was let in nowhere, and no clinic is known whose audit trail could "
    "say so, or it could not be written; told at the 1st, 10th, 100th … of a kind within a minute.",
    "request": "A request was answered.",
    "refused": "What came was no HTTP that is taken here; the application never saw it.",
    "changes-noted": "Every encounter that changed in the record since the last look is noted.",
    "launch-context-left": "`fhirContext` of a launch named what is no CarePlan; it was left.",
    "delivered": "A revision of a plan stands in the clinic's record, read back.",
    "delivery-later": "The record could not take it now; `code` says why. It is tried again.",
    "delivery-closed": "The record lets nobody in. Mend the login; no try is spent.",
    "delivery-parked": "A person must look: `education-plan deliveries list`. `code` says why.",
    "encounter-followed": "What the record told of came to a plan; `code` says how.",
    "encounter-later": "It could not be followed now; `code` says why. It is tried again.",
    "encounter-left": "The record told of an encounter, and nothing came of it; `code` says why: "
    "`not-covered` by a pack, `planned`, taken back (`encounter-not-usable`), `no-reason`.",
    "encounter-parked": "A person must look: `education-plan deliveries list`. `code` says why.",
    "queue-busy": "The worker could not reach the queue; it tries again.",
    "database-away": "The PostgreSQL server refused a connection; `code` is its SQLSTATE, if any.",
    "unexpected": "A fault of ours. The caller got `unexpected` with the same `trace_id`.",
}
LOG_FIELDS = {
    "client": "A keyed hash of the address that a refused request came from.",
    "count": "How often within a minute, in one process.",
    "seal": "The number and SHA-256 of the newest seal of a clinic's audit trail.",
    "route": "The route's template, never the address: an address may hold an id.",
    "method": "The HTTP method, when it is one we know.",
    "status": "The HTTP status.",
    "ms": "Milliseconds that the request took.",
    "trace_id": "The same as in the `X-Trace-Id` header and in the error's body.",
    "tenant": "The clinic, once the token is verified.",
    "code": "The error code, see [errors](errors.md); of a delivery, notice or launch, the reason; "
    "of the database, its SQLSTATE.",
    "answer": "What a record refused with: its HTTP status and R4 issue codes, never its words.",
    "pack": "The id of a pack.",
    "plan": "The id of a plan.",
    "place": "File and line of the last frames of a fault. Never its message.",
}
LOG_CALLS = {
    "self.tell",
    "logs.write",
    *(f"log.{level}" for level in ("debug", "info", "warning", "error", "exception", "log")),
}


def pages() -> dict[str, str]:
    """Return every generated page by file name."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "routes.md": routes_page(),
        "log-events.md": log_events_page(),
    }


def settings_page() -> str:
    rows = [(f"`{PREFIX}{s.name}`", s.default or "none", s.meaning) for s in SETTINGS]
    return page(
        "Settings",
        "Environment variables, read once at the start. A wrong, missing or unknown one stops the\n"
        f"start with one line that says which and why. Every name begins with `{PREFIX}`.",
        table(("Name", "Default", "Meaning"), rows),
        "The file of clinics is described in [the operator's page](../operator.md).",
    )


def errors_page() -> str:
    mends = BEFORE_THE_APPLICATION | {error.code: error.how_to_fix for error in error_classes()}
    rows = [
        (f"`{code}`", str(shown.status), f"`{shown.issue_type}`", shown.title, mends[code])
        for code, shown in ERRORS.items()
    ]
    return page(
        "Errors",
        "REST answers `application/problem+json` (RFC 9457) with `code`, `detail`, `pointer` (a\n"
        "JSON Pointer into what was sent, or `?name` for a query parameter), `how_to_fix` and\n"
        "`trace_id`. A code never changes its meaning; the words may. No error repeats a value\n"
        "that was sent.",
        table(("Code", "Status", "FHIR issue type", "Title", "What mends it"), rows),
        "`how_to_fix` of one answer may be more exact than the usual words above. A request that\n"
        "is no HTTP (`malformed-http`) may also be answered with 408, 414, 417, 431 or 501, and\n"
        "`unavailable`, which the proxy in front answers, with 502 or 504.",
    )


def routes_page() -> str:
    rows = [
        (f"`{method} {path}`", f"`{scopes}`" if scopes else "none", meaning)
        for method, path, scopes, meaning in routes()
    ]
    return page(
        "Routes",
        "The scopes are SMART v2 (`context/Type.letters`); `*` is any of patient, user, system.\n"
        "A route with several scopes needs all of them in one context; with none, no token.\n"
        "`launch` is a page: it opens with the cookie of a launch, for one patient.\n"
        "`monitor` is for who watches over the service: a token with the scope\n"
        "`education-plan/monitor`, or the operator's own.\n"
        "`cds` is for a CDS client of the clinic, which signs each call anew.\n"
        "The shapes of bodies and answers are in `/openapi.json` and, to read, at `/docs` of a\n"
        "running service.",
        table(("Route", "Scopes", "What it does"), rows),
    )


def log_events_page() -> str:
    events = [(f"`{name}`", EVENTS[name]) for name in log_events()]
    fields = [(f"`{name}`", LOG_FIELDS[name]) for name in logs.FIELDS]
    return page(
        "Log events",
        "The log is JSON, one object a line, on stderr. Every line has `time` (UTC), `level` and\n"
        "`event`; a line about a fault also has `error`, the name of its class.",
        table(("Event", "Meaning"), events),
        "Beside these, gunicorn tells of its own start, workers and end: the event is then its\n"
        "message with the values left out. Only the following fields can stand in a line, so\n"
        "patient data has no way into it:",
        table(("Field", "Meaning"), fields),
    )


def error_classes() -> Iterator[type[ServiceError]]:
    """The tree of errors, the root first."""
    waiting = [ServiceError]
    while waiting:
        error = waiting.pop(0)
        yield error
        waiting += error.__subclasses__()


def routes() -> list[tuple[str, str, str, str]]:
    """Method, path, scopes and meaning of every route, in the order of the paths."""
    nothing: Any = lambda *_: None  # noqa: E731  # no route is called
    app = build_web(Parts(**dict.fromkeys(Parts.__dataclass_fields__, nothing)))
    spec = app.test_client().get("/openapi.json").get_json()
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        scopes = " ".join(map(_scope, getattr(view, "needs", ())))
        path = rule.rule.replace("<", "{").replace(">", "}")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            listed = spec["paths"].get(path, {}).get(method.lower())
            meaning = listed["summary"] if listed else UNLISTED.get(rule.rule)
            found.append((method, path, scopes, meaning or _told(rule.endpoint, view)))
    return sorted(found, key=lambda route: (route[1], route[0]))


def _scope(need: tuple[str, str, str]) -> str:
    context, name, letter = need
    return f"{context}/{name}.{letter}" if name else context


def _told(endpoint: str, view: Any) -> str:
    """What a page says of itself: the first line of its docstring."""
    room, _, name = endpoint.partition(".")
    rooms = {"clinician": Views, "portal": OwnViews}
    view = getattr(rooms[room], name) if room in rooms else view
    return inspect.cleandoc(view.__doc__).partition("\n")[0]


def log_events() -> list[str]:
    """The names of all events that the service logs."""
    found = {
        name
        for path in SERVICE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _events_of(node)
    }
    return sorted(found)


def _events_of(node: ast.AST) -> Iterator[str]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    called = ast.unparse(node.func)
    if called in LOG_CALLS:
        event = node.args[1 if called == "log.log" else 0]
        choices = (event.body, event.orelse) if isinstance(event, ast.IfExp) else (event,)
        yield from (str(ast.literal_eval(choice)) for choice in choices)


def page(title: str, *blocks: str) -> str:
    note = "<!-- Generated by docs/reference/generate.py; change the code, then run it again. -->"
    return "\n\n".join((f"# {title}", note, *blocks)) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
