"""Every refusal is told of on its way out: whose it was, at which door, and nothing else.

Nothing of this is asked while an answer is good. A door is the template of the route, never the
address; where it came from is a keyed hash, so that tries of one client are seen together.
"""

import hmac
from collections.abc import Callable

from flask import g, request

from service.domain.errors import NotFound, ServiceError
from service.fhir.served import KNOWLEDGE
from service.usecases.ports import Caller
from service.usecases.record_refusal import REFUSALS, RecordRefusal, Refusal
from service.web.accompany import TRACE_ID

_OF_NOBODY = ("packs", "handouts", "infobutton")  # rooms of which nothing is a patient's

Tell = Callable[[ServiceError], None]


def refusals(record: RecordRefusal, secret: bytes) -> Tell:
    """Return what is to hear of every error; `secret` is the installation's."""

    def tell(error: ServiceError) -> None:
        if error.code not in REFUSALS or request.url_rule is None:
            return
        caller = error.by or g.get("caller")
        known = caller if isinstance(caller, Caller) else None
        if isinstance(error, NotFound) and (known is None or not _is_of_patients()):
            return  # an address that leads nowhere is no refusal
        door = f"{request.method} {request.url_rule.rule}"
        reason = str(getattr(error, "reason", ""))
        client = "" if known else _hash(secret, request.remote_addr or "")
        record(Refusal(error.code, door, reason, client), known, request.environ[TRACE_ID])

    return tell


def _is_of_patients() -> bool:
    served = (request.view_args or {}).get("resource_type", "")
    return request.blueprint not in _OF_NOBODY and served not in KNOWLEDGE


def _hash(secret: bytes, address: str) -> str:
    return hmac.new(secret, f"client {address}".encode(), "sha256").hexdigest()[:12]
