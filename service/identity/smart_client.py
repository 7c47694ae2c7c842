"""SMART App Launch 2.2 as its client: out to a record's login, and back as one launch.

Nothing that a browser brings decides where a request goes: `iss` must be of a clinic's
settings, and the rest was kept here when the launch left. Tokens live as long as one call.
"""

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from service.domain.errors import LaunchRefused, LoginUnavailable, Unopened
from service.domain.values import dataclass
from service.identity.fhir_context import care_plans
from service.identity.id_token import Person, lacks_key, person_of
from service.identity.patient_shown import SCOPE, patient_shown
from service.identity.published import Published
from service.identity.smart_server import METHOD, Ask, SmartServer, answered, discover, fetched
from service.usecases.ports import (
    CLINICIAN,
    PATIENT,
    Arrival,
    Attempt,
    Attempts,
    Caller,
    Launch,
)

UNDER_WAY = timedelta(minutes=10)
OPEN = {CLINICIAN: timedelta(hours=8), PATIENT: timedelta(hours=1)}
LONGEST = 2_048  # characters of `launch`
# Launch context and who it is: the token is used for nothing else, so it may do nothing, unless
# the clinic wants the patient's name in the banner.
FROM_RECORD = "launch openid fhirUser"
ALONE = "launch/patient openid fhirUser"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")  # R4, id
_INTENT = re.compile(r"[\x21-\x7e]{1,200}")
T = TypeVar("T")
_FORM = "application/x-www-form-urlencoded"

log = logging.getLogger(__name__)

# The form and the headers that show who we are, to this token endpoint.
Show = Callable[[str], tuple[dict[str, str], dict[str, str]]]


@dataclass(frozen=True, slots=True)
class SmartApp:
    """This service as it is registered with one clinic's record.

    `origins` are those that its login may answer at, as `origin_of` writes them;
    `show_name` says that the banner is to have the patient's name; of `acr` the login must name
    one, where there are any.
    """

    tenant: str
    iss: str
    client_id: str
    show: Show
    ask: Ask
    origins: frozenset[str]
    show_name: bool = False
    acr: tuple[str, ...] = ()


class SmartClient:
    """The launches of all clinics. `redirect_uri` is the one that is registered.

    Raises, in both methods:
        LaunchRefused: nothing opens, and `reason` says why.
        LoginUnavailable: the record's login does not answer.
    """

    def __init__(
        self,
        apps: Mapping[str, SmartApp],
        attempts: Attempts,
        redirect_uri: str,
        clock: Callable[[], datetime],
        public_keys: list[dict[str, Any]],
    ) -> None:
        self._by_iss = {app.iss: app for app in apps.values()}
        self._by_tenant = dict(apps)
        self._attempts = attempts
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._servers = {app.iss: self._kept(partial(_discover, app)) for app in apps.values()}
        self._keys: dict[str, tuple[str, Published[dict[str, Any]]]] = {}  # by clinic
        self.jwks = {"keys": public_keys}

    def begin(self, iss: str, launch: str, binding: str) -> tuple[str, str]:
        """Return the state of a new attempt, and the address of the login that it goes to.

        `launch` is "" when the launch does not begin in the record; `binding` is a secret that
        the same browser must bring back.
        """
        app = self._by_iss.get(iss.rstrip("/"))
        if app is None:
            raise LaunchRefused(Unopened.UNKNOWN_RECORD, "no clinic here has this record")
        if len(launch) > LONGEST or not launch.isprintable():
            raise LaunchRefused(Unopened.MALFORMED, "the launch cannot be read")
        server = self._servers[app.iss].newest()
        now = self._clock()
        attempt = Attempt(
            tenant=app.tenant,
            expires=now + UNDER_WAY,
            binding=_hash(binding),
            verifier=secrets.token_urlsafe(48),
            nonce=secrets.token_urlsafe(32),
            issuer=server.issuer,
            token_endpoint=server.token_endpoint,
            jwks_uri=server.jwks_uri,
            launch=launch,
            names_itself=server.names_itself,
        )
        state = self._attempts.begin(attempt, now)
        return state, self._address(app, server, attempt, state)

    def finish(self, told: Mapping[str, str], binding: str) -> Arrival:
        """Return the launch of what a login's answer says; its state is used up, come what may.

        `told` are the parameters of the callback, each once.
        """
        attempt = self._attempts.take(told.get("state", ""), self._clock())
        app = self._by_tenant.get(attempt.tenant) if attempt else None
        if attempt is None or app is None:
            raise LaunchRefused(Unopened.UNKNOWN_STATE, "the state is not known, or used already")
        if not secrets.compare_digest(_hash(binding), attempt.binding):
            again = {"iss": app.iss} | ({"launch": attempt.launch} if attempt.launch else {})
            raise LaunchRefused(
                Unopened.OTHER_BROWSER,
                "the launch left from another browser, or its cookie was not kept",
                again="" if binding else urlencode(again),
            )
        try:
            return self._opened(app, attempt, told)
        except LaunchRefused as refused:  # of a clinic that is known by now: for its audit trail
            refused.by = Caller(app.tenant, "launch", app.iss)
            raise

    def _opened(self, app: SmartApp, attempt: Attempt, told: Mapping[str, str]) -> Arrival:
        _from_the_same(attempt, told)
        context = self._exchange(app, attempt, told["code"])
        token = context.get("id_token")
        keys = self._keys_at(app, attempt.jwks_uri)
        person = person_of(
            token,
            keys.newest(partial(lacks_key, token)),
            issuer=attempt.issuer,
            client_id=app.client_id,
            nonce=attempt.nonce,
            iss=app.iss,
            acr=app.acr,
        )
        launch = self._launch(app, person, context)
        if app.show_name and launch.banner and launch.role == CLINICIAN:
            return Arrival(launch, patient_shown(app.ask, app.iss, launch.patient, context))
        return Arrival(launch)

    def _kept(self, ask: Callable[[], T]) -> Published[T]:
        return Published(ask, LoginUnavailable, lambda: self._clock().timestamp())

    def _keys_at(self, app: SmartApp, address: str) -> Published[dict[str, Any]]:
        """The keys of a clinic's login; one document is kept for each clinic."""
        known = self._keys.get(app.tenant)
        if known is None or known[0] != address:
            known = address, self._kept(partial(fetched, app.ask, address))
            self._keys[app.tenant] = known
        return known[1]

    def _address(self, app: SmartApp, server: SmartServer, attempt: Attempt, state: str) -> str:
        scope = FROM_RECORD if attempt.launch else ALONE
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": f"{scope} {SCOPE}" if app.show_name else scope,
            "state": state,
            "aud": app.iss,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": METHOD,
        }
        if attempt.launch:
            asked["launch"] = attempt.launch
        if app.acr:
            asked["acr_values"] = " ".join(app.acr)
        between = "&" if "?" in server.authorization_endpoint else "?"
        return f"{server.authorization_endpoint}{between}{urlencode(asked)}"

    def _exchange(self, app: SmartApp, attempt: Attempt, code: str) -> dict[str, Any]:
        shown, headers = app.show(attempt.token_endpoint)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        content = urlencode(form | shown).encode()
        headers = {"Content-Type": _FORM, **headers}
        answer = answered(app.ask, "POST", attempt.token_endpoint, headers, content)
        body = answer.body or {}
        bearer = str(body.get("token_type", "")).lower() == "bearer"
        if answer.status != 200 or not bearer or not isinstance(body.get("access_token"), str):
            raise LaunchRefused(Unopened.NO_TOKEN, "the record's login gave no token")
        return body

    def _launch(self, app: SmartApp, person: Person, context: Mapping[str, Any]) -> Launch:
        patient = _local("Patient", context.get("patient"))
        if not patient:
            raise LaunchRefused(Unopened.NO_PATIENT, "the record named no patient")
        if person.reference.startswith("Patient/") and person.reference != patient:
            raise LaunchRefused(Unopened.NO_PATIENT, "the patient is another than who logged in")
        role = CLINICIAN if person.is_clinician else PATIENT
        intent = context.get("intent")
        open_there, left = care_plans(context.get("fhirContext"), app.iss)
        if left:
            log.info("launch-context-left", extra={"tenant": app.tenant})
        return Launch(
            tenant=app.tenant,
            name=person.subject,
            practitioner=person.reference if person.is_clinician else "",
            patient=patient,
            expires=self._clock() + OPEN[role],
            encounter=_local("Encounter", context.get("encounter")),
            role=role,
            banner=context.get("need_patient_banner") is not False,
            intent=intent if isinstance(intent, str) and _INTENT.fullmatch(intent) else "",
            care_plans=open_there,
        )


def _discover(app: SmartApp) -> SmartServer:
    return discover(app.iss, app.origins, app.ask)


def _from_the_same(attempt: Attempt, told: Mapping[str, str]) -> None:
    """Hold the answer to the server that the launch left for (RFC 9207, against mix-up)."""
    named = told.get("iss", "" if attempt.names_itself else attempt.issuer)
    if named != attempt.issuer:
        raise LaunchRefused(Unopened.OTHER_SERVER, "another server answered than was asked")
    if "error" in told or not told.get("code"):
        raise LaunchRefused(Unopened.DECLINED, "the record's login let nobody in")


def _local(kind: str, told: Any) -> str:
    return f"{kind}/{told}" if isinstance(told, str) and _ID.fullmatch(told) else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
