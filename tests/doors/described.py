"""Every parameter and every text that /openapi.json describes, with an address in its place."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from tests.conftest import JSON
from tests.doors.asking import FORM, Doors, Request
from tests.web.hooks import VIEW


def _texts(
    schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0
) -> Iterator[tuple[Any, ...]]:
    """The way to every text in a schema; a list is a step 0."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if depth > 6:
        return
    for choice in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _texts(choice, schemas, depth + 1)
    kind = schema.get("type", "")
    if "string" in (kind if isinstance(kind, list) else [kind]):
        yield ()
    for name, inner in schema.get("properties", {}).items():
        yield from ((name, *way) for way in _texts(inner, schemas, depth + 1))
    if "items" in schema:
        yield from ((0, *way) for way in _texts(schema["items"], schemas, depth + 1))


def _at(way: tuple[Any, ...], address: str, body: Any) -> Any:
    """The body with the address at the end of the way; what is missing on it is made."""
    if not way:
        return address
    step, *rest = way
    if step == 0:
        held = body if isinstance(body, list) and body else [{}]
        return [_at(tuple(rest), address, held[0]), *held[1:]]
    held = body if isinstance(body, dict) else {}
    return held | {step: _at(tuple(rest), address, held.get(step))}


def described(doors: Doors, told: dict[str, Any]) -> Iterator[Callable[[str], Request]]:
    """For each parameter and each text of each route a request with an address there."""
    schemas = told["components"]["schemas"]
    for path, methods in told["paths"].items():
        for method, route in methods.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            given = [*methods.get("parameters", ()), *route.get("parameters", ())]
            for parameter in given:
                yield lambda address, m=method, p=path, q=parameter: _with_parameter(
                    doors, m, p, q, address
                )
            for kind, media in route.get("requestBody", {}).get("content", {}).items():
                example = media.get("example", {})
                for way in dict.fromkeys(_texts(media.get("schema", {}), schemas)):
                    yield lambda address, m=method, p=path, k=kind, w=way, e=example: (
                        m.upper(),
                        _real(p),
                        doors.bearer("clinician" if "/plans/" in p else "system")
                        | {"Content-Type": k},
                        urlencode(_at(w, address, e)).encode()
                        if k == FORM
                        else orjson.dumps(_at(w, address, e)),
                    )


def _real(path: str, name: str = "", address: str = "") -> str:
    known = {"pack_id": "lumbar-spinal-stenosis", "handout_id": "knowledge", "service_id": VIEW}
    for part in ("plan_id", "goal_id", "sha256", "encounter_id", *known):
        value = quote(address, safe="") if part == name else known.get(part, "x1")
        path = path.replace(f"{{{part}}}", value)
    return path


def _with_parameter(
    doors: Doors, method: str, path: str, told: dict[str, Any], address: str
) -> Request:
    name, where = told["name"], told["in"]
    headers = doors.bearer("clinician" if "/plans/" in path else "system") | {"Content-Type": JSON}
    real = _real(path, name if where == "path" else "", address)
    if where == "query":
        real += f"?{urlencode({name: address})}"
    if where == "header":
        headers[name] = quote(address.strip(), safe=":/@")
    return method.upper(), real, headers, b"{}" if method != "get" else b""
