"""Handouts as they were issued: page, PDF and plain text, by version or by the hash of the page.

What is sent was made before the service started, or years ago; nothing is rendered here. An
address with a hash never says anything else, so it may be kept for good.
"""

import re
from contextlib import suppress
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from service.domain.content import Audience, HandoutForm
from service.domain.errors import InvalidField, NotFound, Withdrawn
from service.domain.values import dataclass
from service.usecases.find_handout import FoundHandout, WantedHandout
from service.web.access import needs
from service.web.accompany import TENANT
from service.web.documented import EDITIONS, Described, answers, parameter
from service.web.parts import Parts
from service.web.present import Answer
from service.web.requests import JSON, parameters

PROBLEM = "application/problem+json"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_KINDS = {
    HandoutForm.PAGE: "text/html",
    HandoutForm.TEXT: "text/plain",
    HandoutForm.PDF: "application/pdf",
    HandoutForm.LARGE: "application/pdf",
}
_PRINTED = (HandoutForm.PDF, HandoutForm.LARGE)
_MOST = 256  # answers that are held
_AN_HOUR, _FOR_GOOD = "private, max-age=3600", "private, max-age=31536000, immutable"

_EDITION = parameter(
    "edition", "how much is said", {"type": "string", "enum": list(EDITIONS), "default": "full"}
)
_ASKED = [
    parameter(
        "language",
        "such as da or en; in one that it is not written in the source text comes, with a note",
        {"type": "string", "pattern": f"^{_LANGUAGE.pattern}$"},
    ),
    parameter(
        "audience",
        "handouts are for patients",
        {"type": "string", "enum": [Audience.PATIENT.value]},
    ),
    parameter("version", "of the pack; else the one in use", {"type": "string"}),
    parameter(
        "sha256",
        "of the page: exactly this text, also when the pack has another by now",
        {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ),
]
_TYPE = parameter(
    "type", "size of type", {"type": "string", "enum": ["normal", "large"], "default": "normal"}
)


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("handouts", __name__, url_prefix="/api/v1/packs", description="Handouts")
    issued = _Issued(parts)

    @blp.route("/<pack_id>/handouts/<handout_id>.html", methods=["GET"])
    @blp.doc(operationId="getHandout", **_documented("text/html", "The page"))
    @needs("*/PlanDefinition.r")
    def get_page(pack_id: str, handout_id: str) -> Response:
        """Read a handout."""
        return issued.send(pack_id, handout_id, HandoutForm.PAGE)

    @blp.route("/<pack_id>/handouts/<handout_id>.pdf", methods=["GET"])
    @blp.doc(operationId="getHandoutPdf", **_documented("application/pdf", "The PDF", _TYPE))
    @needs("*/PlanDefinition.r")
    def get_pdf(pack_id: str, handout_id: str) -> Response:
        """Get a handout to print, in normal or large type."""
        return issued.send(pack_id, handout_id, HandoutForm.PDF)

    @blp.route("/<pack_id>/handouts/<handout_id>.txt", methods=["GET"])
    @blp.doc(operationId="getHandoutText", **_documented("text/plain", "The words alone"))
    @needs("*/PlanDefinition.r")
    def get_text(pack_id: str, handout_id: str) -> Response:
        """Get the words of a handout as plain text."""
        return issued.send(pack_id, handout_id, HandoutForm.TEXT)

    return blp


def _documented(kind: str, what: str, *more: dict[str, Any]) -> dict[str, Any]:
    shape = {"type": "string"} if kind.startswith("text/") else {}
    named = [
        parameter(name, f"id of the {name.removesuffix('_id')}", {"type": "string"}, "path")
        | {"required": True}
        for name in ("pack_id", "handout_id")
    ]
    return {
        "parameters": [*named, _EDITION, *_ASKED, *more],
        **answers(
            _200=(what, {kind: {"schema": shape}}),
            _410=("It was withdrawn: a page with its successor, or problem+json", _GONE),
        ),
    }


_GONE: dict[str, Any] = {
    "text/html": {"schema": {"type": "string"}},
    PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}},
}


class _Issued:
    """The answers of this process: an address means the same for as long as it runs.

    The packs are read at the start and a page never changes, so what was found once is held
    with its headers; asking again costs a look-up. Only what was found is held.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._held: dict[tuple[str, ...], Ready] = {}

    def send(self, pack_id: str, handout_id: str, ending: HandoutForm) -> Response:
        environ = request.environ  # once: each look at `request` or `g` costs a microsecond
        tenant = environ[TENANT]
        key = (tenant, pack_id, handout_id, ending, environ.get("QUERY_STRING", ""))
        held = self._held.get(key)
        if held is None:
            wanted, form = _wanted(pack_id, handout_id, ending)
            try:
                found = self._parts.find_handout.find(tenant, wanted)
            except Withdrawn as error:
                return _withdrawn(error)
            content = self._content(found, form)
            held = ready(found, form, content, lasting=bool(wanted.sha256))
            if len(self._held) >= _MOST:
                self._held.clear()
            self._held[key] = held
        return held.answer(environ)

    def _content(self, found: FoundHandout, form: HandoutForm) -> bytes:
        if form not in found.page.forms and form in _PRINTED:
            raise NotFound(
                "this handout was not made as PDF",
                how_to_fix="Run `education-plan content build` where the extra `pdf` is installed.",
            )
        return self._parts.find_handout.read(found.page, form)


@dataclass(frozen=True, slots=True)
class Ready:
    """One form of a page as it is sent, whole or as "you have it already".

    The two are made once and sent often: nothing may change them.
    """

    sha256: str
    whole: Answer
    known: Answer

    def answer(self, environ: dict[str, Any]) -> Response:
        if "HTTP_IF_NONE_MATCH" in environ and request.if_none_match.contains_weak(self.sha256):
            return self.known
        return _part(self.whole) if "HTTP_RANGE" in environ else self.whole


def _withdrawn(error: Withdrawn) -> Response:
    if _is_for_a_program():
        raise error
    from service.web.withdrawn import withdrawn_page  # rare, and with its own words

    return withdrawn_page(current_app, error)


def _is_for_a_program() -> bool:
    """Whether the client would rather have the error as JSON than a page to be read."""
    wanted = request.accept_mimetypes
    return wanted.quality("text/html") < max(wanted.quality(JSON), wanted.quality(PROBLEM))


def _wanted(
    pack_id: str, handout_id: str, ending: HandoutForm
) -> tuple[WantedHandout, HandoutForm]:
    """What is asked for, and in which form."""
    typed = ("type",) if ending is HandoutForm.PDF else ()
    asked = parameters("edition", "language", "audience", "version", "sha256", *typed)
    if asked.get("edition", "full") not in EDITIONS:
        raise InvalidField(f"must be one of: {', '.join(EDITIONS)}", pointer="?edition")
    if not _LANGUAGE.fullmatch(asked.get("language", "da")):
        raise InvalidField("must be a language tag, such as da", pointer="?language")
    if asked.get("audience", Audience.PATIENT) != Audience.PATIENT:
        raise InvalidField(
            "handouts are for patients",
            pointer="?audience",
            how_to_fix="Read the wording for clinicians at /api/v1/packs/{id}?audience=physio.",
        )
    if asked.get("type", "normal") not in ("normal", "large"):
        raise InvalidField("must be normal or large", pointer="?type")
    form = HandoutForm.LARGE if asked.get("type") == "large" else ending
    wanted = WantedHandout(
        pack=pack_id,
        handout=handout_id,
        edition=asked.get("edition", ""),
        language=asked.get("language", ""),
        sha256=asked.get("sha256", ""),
        version=asked.get("version", ""),
    )
    return wanted, form


def ready(found: FoundHandout, form: HandoutForm, content: bytes, *, lasting: bool) -> Ready:
    """Return one form of a page as it is sent; `lasting` when its address never means another."""
    page, kind = found.page, _KINDS[form]
    sha256 = page.forms[form].sha256
    always = {
        "ETag": f'"{sha256}"',
        "Cache-Control": _FOR_GOOD if lasting else _AN_HOUR,
        "Content-Language": page.text_language,
        "Content-Security-Policy": f"default-src 'none'; style-src {page.style}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
    ending = "pdf" if form in _PRINTED else form.value
    whole = always | {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Length": str(len(content)),
        "Content-Disposition": f'inline; filename="{page.handout}-{page.text_language}.{ending}"',
        "Accept-Ranges": "bytes",
    }
    return Ready(
        sha256,
        Answer(content, 200, list(whole.items())),
        Answer(b"", 304, list(always.items())),
    )


def _part(whole: Answer) -> Response:
    """Some of the bytes; a range that cannot be is left out of account (RFC 9110, 14.2)."""
    content: bytes = whole.get_data()
    answer = Response(content, headers=whole.headers)
    with suppress(RequestedRangeNotSatisfiable):
        answer.make_conditional(request, accept_ranges=True, complete_length=len(content))
    return answer
