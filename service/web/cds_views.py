"""The views of CDS Hooks 2.0: discovery, calls, feedback.

A call is answered in time, whatever else hangs: a clinician's screen waits for it. What does not
answer in time is no card; what is wrong with the call is an OperationOutcome.
"""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, g, request

from service.domain.errors import InvalidField, NotFound, StoreBusy
from service.fhir.card_words import OVERRIDE_REASONS
from service.fhir.cards import NO_CARDS
from service.fhir.hook_call import HookCall, read_call
from service.usecases.answer_hook import RecordAway
from service.usecases.card_answers import CardAnswer, CardOutcome
from service.usecases.in_time import TooLate
from service.usecases.make_plan import Wish
from service.usecases.ports import Caller, UsedToken
from service.web.accompany import TRACE_ID
from service.web.hook_services import SERVICES, HookService
from service.web.parts import CdsCall, Parts
from service.web.present import Answer
from service.web.requests import JSON, body, json_body, json_only, parameters

OTHER = "other"
_CARD = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REASONS = {code for _, code in OVERRIDE_REASONS}
_MOST = 100  # answers in one feedback


class Views:
    """The views of web/cds_routes.py, by their names there."""

    def __init__(self, parts: Parts) -> None:
        self._clinic = parts.clinic
        self._cds = parts.cds()
        told = {"services": [service.told() for service in SERVICES.values()]}
        self._services = orjson.dumps(told)

    def discover(self) -> Response:
        """The same for everybody."""
        parameters()
        return Response(self._services, mimetype=JSON)

    def call(self, service_id: str) -> Response:
        """Cards; none where something that is needed does not answer in time."""
        service = _service(service_id)
        caller, token = g.caller, _token()
        call = read_call(_sent(), service.hook, in_encounter=service.in_encounter)
        try:
            cards = self._cds.within(lambda: self._cards(call, caller, token))
        except (TooLate, RecordAway, StoreBusy):
            cards = NO_CARDS
        return _answer(cards)

    def _cards(self, call: HookCall, caller: Caller, token: UsedToken) -> bytes:
        clinic = self._clinic(caller.tenant)
        wish = Wish(clinic.edition, clinic.language)
        launch_url = self._cds.launch_url(caller.tenant)
        return self._cds.answer(call, wish, caller, token, launch_url)

    def feedback(self, service_id: str) -> Response:
        """Keep what became of cards; of what was typed nothing."""
        service = _service(service_id)
        answers = _read_feedback(_sent(), service.id)
        self._cds.answer.use(_token(), g.caller)
        self._cds.answers.keep(g.caller.tenant, answers)
        return _answer(b"{}")

    def count(self, service_id: str) -> Response:
        """How often cards were answered how, by clinic."""
        parameters()
        found = self._cds.count(_service(service_id).id, g.caller)
        counts = [
            {
                "tenant": tenant,
                "outcome": each.outcome,
                "reason": each.reason,
                "count": each.many,
                "last": each.last.isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            for tenant, counted in found.items()
            for each in counted
        ]
        return _answer(orjson.dumps({"service": service_id, "counts": counts}))


def _service(service_id: str) -> HookService:
    parameters()
    found = SERVICES.get(service_id)
    if found is None:
        raise NotFound("there is no such service", how_to_fix="See GET /cds-services.")
    return found


def _token() -> UsedToken:
    call: CdsCall = g.call
    return UsedToken(call.client, call.token, call.expires, request.environ[TRACE_ID])


def _sent() -> dict[str, Any]:
    json_only()
    return json_body(body())


def _answer(content: bytes) -> Response:
    headers = [("Cache-Control", "no-store"), ("Content-Type", JSON)]
    return Answer(content, 200, [*headers, ("Content-Length", str(len(content)))])


def _read_feedback(sent: dict[str, Any], service: str) -> list[CardAnswer]:
    found = sent.get("feedback")
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        raise InvalidField(f"must be a list of 1 to {_MOST}", pointer="/feedback")
    return [_read_answer(each, service, f"/feedback/{n}") for n, each in enumerate(found)]


def _read_answer(told: Any, service: str, place: str) -> CardAnswer:
    if not isinstance(told, dict):
        raise InvalidField("must be an object", pointer=place)
    card, outcome = told.get("card"), told.get("outcome")
    if not (isinstance(card, str) and _CARD.fullmatch(card)):
        raise InvalidField("must be the uuid of a card", pointer=f"{place}/card")
    if outcome not in tuple(CardOutcome):
        raise InvalidField("must be accepted or overridden", pointer=f"{place}/outcome")
    if outcome == CardOutcome.ACCEPTED and not isinstance(told.get("acceptedSuggestions"), list):
        raise InvalidField("must be a list", pointer=f"{place}/acceptedSuggestions")
    return CardAnswer(
        service=service,
        card=card.lower(),
        outcome=CardOutcome(outcome),
        reason=_reason(told.get("overrideReason"), place),
        at=_at(told.get("outcomeTimestamp"), f"{place}/outcomeTimestamp"),
    )


def _reason(told: Any, place: str) -> str:
    """A code that the card offered; `other` for anything else that was said."""
    if told is None:
        return ""
    if not isinstance(told, dict):
        raise InvalidField("must be an object", pointer=f"{place}/overrideReason")
    reason = told.get("reason")
    code = reason.get("code") if isinstance(reason, dict) else None
    return code if isinstance(code, str) and code in _REASONS else OTHER


def _at(told: Any, place: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidField("must be a time with its zone, by ISO 8601", pointer=place)
