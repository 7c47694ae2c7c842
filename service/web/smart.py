"""SMART App Launch: from a record to its login, and back into the pages of one patient.

The protocol is identity/smart_client.py's. Here are the browser's cookie that ties both halves
together, and the refusal as a page. What the pages show hangs on the launch that comes of it.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for

from service.domain.errors import LaunchRefused, Unopened
from service.usecases.ports import Launch
from service.web import banner
from service.web.access import public
from service.web.accompany import TENANT
from service.web.cookies import forget, keep, kept
from service.web.parts import Parts

Enter = Callable[[Parts, Launch], Response]

COOKIE = "education_plan_smart_"  # and a mark of its state: launches may overlap
PATH = "/smart"
MINUTES = 10


def blueprint(parts: Parts, enter: Mapping[str, Enter]) -> Blueprint:
    """The two addresses that a record knows, and our keys; `enter` opens pages, by role."""
    blp = Blueprint("smart", __name__)

    @blp.get("/smart/launch")
    @public
    def launch_page() -> Any:
        """Send the browser to the login of the record that it comes from, or names."""
        told = _each_once("iss", "launch")
        binding = secrets.token_urlsafe(32)
        iss, launch = told.get("iss", ""), told.get("launch", "")
        state, address = parts.smart().begin(iss, launch, binding)
        answer = _go(address)
        keep(parts, answer, _name(state), PATH, binding, max_age=MINUTES * 60)
        return answer

    @blp.get("/smart/callback")
    @public
    def callback_page() -> Any:
        """Open the pages of the patient that the record names, if all of it holds."""
        told = _each_once("state", "code", "iss", "error")
        cookie = _name(told.get("state", ""))
        try:
            arrived = parts.smart().finish(told, kept(parts, cookie))
        except LaunchRefused as refused:
            raise _with_way_out(refused) from refused
        opened = arrived.launch
        request.environ[TENANT] = opened.tenant
        if opened.role not in enter:
            raise LaunchRefused(Unopened.NO_PAGES, "there are no pages for who logged in")
        answer = enter[opened.role](parts, opened)
        forget(parts, answer, cookie, PATH)
        if arrived.shown:
            banner.keep(parts, answer, opened, arrived.shown)
        return answer

    @blp.get("/.well-known/jwks.json")
    @public
    def jwks() -> Any:
        """The public keys that a record's login knows this service by (RFC 7517)."""
        answer = jsonify(parts.smart().jwks)
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    return blp


def _each_once(*names: str) -> dict[str, str]:
    """The parameters of these names; OAuth allows none of them twice (RFC 6749, 3.1)."""
    found = {name: request.args.getlist(name) for name in names if name in request.args}
    if any(len(values) > 1 for values in found.values()):
        raise LaunchRefused(Unopened.MALFORMED, "a parameter was sent twice")
    return {name: value for name, (value,) in found.items()}


def _with_way_out(refused: LaunchRefused) -> LaunchRefused:
    """Where a frame kept no cookie, the same launch may begin anew in a window of its own."""
    framed = request.headers.get("Sec-Fetch-Dest") != "document"
    again = f"{url_for('smart.launch_page')}?{refused.again}"
    way_out = again if refused.again and framed else ""
    shown = LaunchRefused(refused.reason, refused.detail, again=way_out)
    shown.by = refused.by
    return shown


def _name(state: str) -> str:
    return COOKIE + hashlib.sha256(state.encode()).hexdigest()[:12]


def _go(address: str) -> Response:
    answer: Response = redirect(address, 302)  # type: ignore[assignment]
    answer.headers["Cache-Control"] = "no-store"
    return answer
