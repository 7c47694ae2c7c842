"""What every view does with a request before it acts: body, parameters, representation."""

import hashlib
from typing import Any

from flask import request
from werkzeug.wsgi import get_content_length

from service.domain.errors import (
    BodyTooLarge,
    EncodedBody,
    InvalidField,
    NotAcceptable,
    WrongContentType,
    may_be_told,
)
from service.web.json_door import MAX_BYTES, load

FHIR = "application/fhir+json"
JSON = "application/json"
TEXT = "text/plain"

_BODY = "education_plan.body"
_CHARSETS = ("", "utf-8", "utf8")


def content_type() -> str:
    """Return FHIR or JSON.

    Raises:
        WrongContentType: it is neither, or not in UTF-8.
        EncodedBody: the body is compressed, which hides its true size.
    """
    environ = request.environ
    plain: str = environ.get("CONTENT_TYPE", "")
    if plain in (FHIR, JSON) and "HTTP_CONTENT_ENCODING" not in environ:
        return plain  # as nearly everybody writes it
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise EncodedBody("a compressed body is not accepted")
    charset = request.mimetype_params.get("charset", "").lower()
    if request.mimetype not in (FHIR, JSON) or charset not in _CHARSETS:
        raise WrongContentType("the body must be application/fhir+json or application/json")
    return request.mimetype


def body() -> bytes:
    """Return the raw body; also when the view is called again.

    Raises:
        BodyTooLarge: it is over 1 MB; the rest is not read.
    """
    environ = request.environ
    raw: bytes | None = environ.get(_BODY)
    if raw is None:
        raw = environ[_BODY] = _read(environ)
    return raw


def _read(environ: dict[str, Any]) -> bytes:
    length = get_content_length(environ)
    if length is None:
        return request.get_data(cache=False)  # chunked; Flask stops it at MAX_CONTENT_LENGTH
    if length > MAX_BYTES:
        raise BodyTooLarge("the body is larger than 1 MB")
    raw: bytes = environ["wsgi.input"].read(length)
    return raw


def json_body(raw: bytes) -> dict[str, Any]:
    return load(raw)


def shaped(shape: str, content: Any, root: str = "") -> dict[str, Any]:
    """Return what was sent, in the types of one of SHAPES (visit_schemas.py).

    `root` is where it stood.

    Raises:
        InvalidField: a field is wrong; the pointer leads to it.
    """
    from service.web.schemas import load  # with marshmallow, not at the start
    from service.web.visit_schemas import SHAPES

    return load(SHAPES[shape], content, root)


def json_only() -> None:
    """Raise WrongContentType for a body that is not plain JSON."""
    if content_type() != JSON:
        raise WrongContentType(
            "the body must be application/json", how_to_fix="Send application/json."
        )


def accepted(default: str = FHIR, *offered: str) -> str:
    """Return FHIR or JSON (or of `offered`), whichever the client prefers; else `default`.

    Raises:
        NotAcceptable: it wants something else, such as XML.
    """
    wanted = request.environ.get("HTTP_ACCEPT", "*/*")
    if wanted in ("*/*", ""):
        return default
    known = offered or (FHIR, JSON)
    wild = ("*/*", f"{default.partition('/')[0]}/*")
    for value, quality in request.accept_mimetypes:  # the most wanted first
        kind = value.partition(";")[0].strip().lower()  # `; fhirVersion=4.0` changes nothing
        if kind in known and quality > 0:
            return kind
        if kind in wild and quality > 0:
            return default
    raise NotAcceptable(f"this is answered as {' or '.join(known)}")


def parameters(*known: str) -> dict[str, str]:
    """Return the query parameters, each at most once.

    Raises:
        InvalidField: one is unknown (a typo would be ignored in silence) or repeated.
    """
    if not request.environ.get("QUERY_STRING"):
        return {}
    for name, values in request.args.lists():
        if name not in known:
            raise InvalidField(
                f"there is no such parameter here; known: {', '.join(known) or 'none'}",
                pointer=f"?{name}" if may_be_told(name) else "?",
            )
        if len(values) > 1:
            raise InvalidField("this parameter may be given once", pointer=f"?{name}")
    return request.args.to_dict()


def fingerprint(raw: bytes) -> str:
    """A hash of the whole request, so that an Idempotency-Key is bound to it."""
    seen = hashlib.sha256()
    query = "&".join(sorted(request.query_string.decode("latin-1").split("&")))
    for part in (request.path, query, request.mimetype):
        seen.update(part.encode() + b"\n")
    seen.update(raw)
    return seen.hexdigest()
