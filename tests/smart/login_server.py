"""A record's login on loopback: an authorization server of Authlib, which also knows SMART.

Authlib holds the code, PKCE, the redirect and the client to the letter; what SMART adds (aud,
launch context) stands here. A test may bend any document or token before it leaves.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, grants
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

PRACTITIONER = "Practitioner/fys1"
PATIENT, ENCOUNTER = "p1", "e1"


@dataclass
class Client(ClientMixin):
    """A client as it was registered: by a secret, or by the keys of its JWKS."""

    client_id: str
    redirect_uri: str
    secret: str = ""
    keys: Any = None  # a JWKS

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.redirect_uri

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        return bool(self.secret) and client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("client_assertion_jwt" if self.keys else "client_secret_basic")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code:
    """An authorization code, and what the browser asked with."""

    code: str
    client_id: str
    asked: dict[str, str]

    def get_redirect_uri(self):
        return self.asked["redirect_uri"]

    def get_scope(self):
        return self.asked["scope"]

    @property
    def code_challenge(self):
        return self.asked.get("code_challenge")

    @property
    def code_challenge_method(self):
        return self.asked.get("code_challenge_method")


@dataclass
class Bent:
    """What a hostile or broken server says in place of what is right."""

    configuration: Callable[[dict], Any] = lambda told: told
    claims: Callable[[dict], dict] = lambda claims: claims
    token: Callable[[dict], Any] = lambda answer: answer
    id_token: Callable[["LoginServer", dict], str] | None = None
    callback: Callable[[dict], dict] = lambda told: told
    jwks: Callable[[dict], dict] = lambda told: told


@dataclass
class LoginServer:
    """The running server. `asked` is what it was asked, address and form."""

    base: str = ""
    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bent: Bent = field(default_factory=Bent)
    context: dict[str, Any] = field(default_factory=dict)
    page: str = ""  # of the record, at /record
    patient: Any = None  # what the record answers for a Patient, to a token of its own
    granted: dict[str, str] = field(default_factory=dict)  # scopes by access token
    shown: list[tuple[str, str]] = field(default_factory=list)  # address, Authorization
    person: str = PRACTITIONER
    subject: str = "fys1"
    used: set[str] = field(default_factory=set)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-384", {"kid": "login-1"}))

    def forget(self) -> None:
        """Be as at the start, for the next test."""
        self.bent, self.context, self.patient = Bent(), {}, None
        self.person, self.subject = PRACTITIONER, "fys1"
        for kept in (self.clients, self.codes, self.asked, self.used, self.granted, self.shown):
            kept.clear()

    @property
    def iss(self) -> str:
        return f"{self.base}/fhir"

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.base,
            "jwks_uri": f"{self.base}/jwks",
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "launch-standalone", "sso-openid-connect"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keep(self, token: dict[str, Any], _request: Any) -> None:
        self.granted[token["access_token"]] = token.get("scope", "")

    def id_token(self, asked: dict[str, str], client_id: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.base,
            "sub": self.subject,
            "aud": client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce", ""),
            "fhirUser": f"{self.iss}/{self.person}",
        }
        claims = self.bent.claims(claims)
        if self.bent.id_token:
            return self.bent.id_token(self, claims)
        return self.signed(claims)

    def signed(self, claims: dict[str, Any], key: ECKey | None = None) -> str:
        header = {"alg": "ES384", "kid": "login-1"}
        return jwt.encode(header, claims, key or self.key, algorithms=["ES384"])


class ByCode(grants.AuthorizationCodeGrant):
    """The grant; `server` and the launch's `asked` are on the way through it."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_assertion_jwt")
    login: LoginServer

    def save_authorization_code(self, code, request):
        asked = dict(request.payload.data)
        self.login.codes[code] = Code(code, request.client.client_id, asked)

    def query_authorization_code(self, code, client):
        found = self.login.codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code):
        self.login.codes.pop(authorization_code.code)

    def authenticate_user(self, authorization_code):
        self.asked = authorization_code.asked
        return self.login.subject


class WithContext:
    """What SMART puts beside the access token."""

    def __call__(self, grant):
        grant.register_hook("after_create_token_response", self.add)

    def add(self, grant, response):
        _status, body, _headers = response
        body["id_token"] = grant.login.id_token(grant.asked, grant.request.client.client_id)
        body |= {"patient": PATIENT, "scope": grant.asked["scope"]}
        if "launch" in grant.asked:
            body["encounter"] = ENCOUNTER
        body |= grant.login.context


class ByAssertion(JWTBearerClientAssertion):
    """private_key_jwt: an assertion is good once, and for five minutes at most."""

    def __init__(self, server):
        super().__init__()
        self._server = server

    def get_audiences(self):
        return [f"{self._server.base}/token"]

    def validate_jti(self, claims, jti):
        new = jti not in self._server.used
        self._server.used.add(jti)
        return new and claims["exp"] - claims["iat"] <= 300

    def process_assertion_claims(self, assertion, resolve_key):
        # Authlib lets joserfc choose the algorithms, and it knows neither of SMART's by itself.
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=["ES384", "RS384"])
        except JoseError as error:
            raise InvalidClientError(description="the assertion is not ours") from error
        self.verify_claims(token.claims)
        return token.claims

    def resolve_client_public_key(self, client):
        return KeySet.import_key_set(client.keys)


def oauth_of(server: LoginServer, app: Flask) -> AuthorizationServer:
    oauth = AuthorizationServer(app, query_client=server.clients.get, save_token=server.keep)
    by_code = type("Grant", (ByCode,), {"login": server})
    oauth.register_grant(by_code, [CodeChallenge(required=True), WithContext()])
    oauth.register_client_auth_method("client_assertion_jwt", ByAssertion(server))
    return oauth


def patient_for(server: LoginServer, shown: str) -> Any:
    """The Patient, for a token of this server that grants it."""
    granted = server.granted.get(shown.removeprefix("Bearer "), "").split()
    if "patient/Patient.r" not in granted:
        return {"resourceType": "OperationOutcome"}, 403
    return server.patient or ({"resourceType": "OperationOutcome"}, 404)


def application(server: LoginServer) -> Flask:
    app = Flask("login")
    oauth = oauth_of(server, app)

    @app.before_request
    def note():
        server.asked.append((request.path, {**request.args, **request.form}))
        server.shown.append((request.path, request.headers.get("Authorization", "")))

    @app.get("/fhir/.well-known/smart-configuration")
    def configuration():
        return server.bent.configuration(server.configuration())

    @app.get("/record")
    def record():
        return server.page

    @app.get("/jwks")
    def jwks():
        return server.bent.jwks(KeySet([server.key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize():
        if request.args.get("aud") != server.iss:
            return "aud is not this record", 400
        try:
            grant = oauth.get_consent_grant(end_user=server.subject)
        except OAuth2Error as error:
            return error.description, 400
        answer = oauth.create_authorization_response(grant=grant, grant_user=server.subject)
        back = urlsplit(answer.headers["Location"])
        told = server.bent.callback({**dict(parse_qsl(back.query)), "iss": server.base})
        return redirect(back._replace(query=urlencode(told)).geturl())

    @app.get("/fhir/Patient/<name>")
    def patient(name):
        return patient_for(server, request.headers.get("Authorization", ""))

    @app.post("/token")
    def token():
        answer = oauth.create_token_response()
        return server.bent.token(answer.get_json()) if answer.status_code == 200 else answer

    return app


@contextmanager
def login_server(host: str = "127.0.0.1") -> Iterator[LoginServer]:
    """Run a login server on a free port; it ends with the test."""
    server = LoginServer()
    running = make_server(host, 0, application(server), threaded=True)
    server.base = f"http://{host}:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        running.shutdown()
        running.server_close()
        thread.join()
