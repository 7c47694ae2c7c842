"""Who may call what: every route states its need, and nothing answers without one.

@needs("system/Encounter.c", "system/CarePlan.c")   all of these scopes, in one context
@needs("*/CarePlan.r")                              in any context: patient, user, system
@needs("*/{resource_type}.r")                       for the type that the address names
@hooked("system/Encounter.c")                       the same, or the secret of a clinic's hook
@launched                                           a page: the cookie of a launch (launch.py)
@own                                                a patient's page: the cookie of a login
@monitored                                          a token of who watches over the service
@cds_client                                         a call that a record's CDS client signed
@public                                             the few routes without identity
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, g, request

from service.domain.errors import NotAllowed, NotAuthenticated, NotFound, WrongContentType
from service.fhir.served import SERVED
from service.usecases.ports import Caller
from service.web.accompany import ROUTE, TENANT
from service.web.parts import CdsCall, Identity

View = TypeVar("View", bound=Callable[..., Any])
Verify = Callable[[str], Identity]
Scopes = tuple[tuple[str, str, str], ...]  # context, resource type, letter

OpenPage = Callable[[], tuple[Caller, Any]]
ClinicOfHook = Callable[[str], str]
CdsVerify = Callable[[str, str], CdsCall]  # the token, and the path that is called
_NO_FILES = "Send a form as application/x-www-form-urlencoded; no file can be sent."
HOOK = "hook"  # the name of a record that comes with a hook's secret, for the audit trail
_LAUNCH: Scopes = (("launch", "", ""),)
_OWN: Scopes = (("own", "", ""),)
_MONITOR: Scopes = (("monitor", "", ""),)
_CDS: Scopes = (("cds", "", ""),)
_ROLES = {"patient": "patient", "user": "clinician", "system": "system"}


def needs(*scopes: str) -> Callable[[View], View]:
    """Mark a view with the scopes it needs; the guard reads the mark."""

    def mark(view: View) -> View:
        view.needs = tuple(_parse(scope) for scope in scopes)  # type: ignore[attr-defined]
        return view

    return mark


def hooked(*scopes: str) -> Callable[[View], View]:
    """Mark a view that a record calls: with these scopes, or with the secret of its hook.

    The secret opens nothing else: other views do not know it.
    """

    def mark(view: View) -> View:
        view.is_hook = True  # type: ignore[attr-defined]
        return needs(*scopes)(view)

    return mark


def public(view: View) -> View:
    """Mark a view that answers anybody: health, API docs, discovery."""
    view.needs = ()  # type: ignore[attr-defined]
    return view


def launched(view: View) -> View:
    """Mark a page: it opens with a launch; `g.launch` is there besides `g.caller`."""
    view.needs = _LAUNCH  # type: ignore[attr-defined]
    return view


def own(view: View) -> View:
    """Mark a page of a patient's own: it opens with a login (portal_login.py), as `launched`."""
    view.needs = _OWN  # type: ignore[attr-defined]
    return view


def monitored(view: View) -> View:
    """Mark a view for those who watch over the service; it may show nothing of a patient."""
    view.needs = _MONITOR  # type: ignore[attr-defined]
    return view


def cds_client(view: View) -> View:
    """Mark a hook service: a client signs each call; `g.call` is there besides `g.caller`."""
    view.needs = _CDS  # type: ignore[attr-defined]
    return view


def guard(
    app: Flask,
    verify: Verify,
    open_page: OpenPage,
    open_own: OpenPage,
    clinic_of_hook: ClinicOfHook,
    verify_call: CdsVerify,
) -> None:
    """Stand before every route of the app; `g.caller` is who came through.

    `open_page` and `open_own` tell for whom the cookie of a page speaks, `clinic_of_hook` for
    which clinic a secret does, `verify_call` whose call of a hook service it is. Call it when
    all routes are registered.

    Raises:
        TypeError: a route states no need.
    """
    wanted = {endpoint: _need_of(endpoint, view) for endpoint, view in app.view_functions.items()}
    hooks = {name for name, view in app.view_functions.items() if getattr(view, "is_hook", False)}

    @app.before_request
    def check() -> None:
        asked = request._get_current_object()  # type: ignore[attr-defined]  # once, not four times
        rule, environ = asked.url_rule, asked.environ
        if rule is None:
            return  # no such route
        environ[ROUTE] = rule.rule
        _refuse_files(environ)
        scopes = wanted[rule.endpoint]
        if scopes is _LAUNCH:
            g.caller, g.launch = open_page()
            environ[TENANT] = g.caller.tenant
        elif scopes is _OWN:
            g.caller, g.launch = open_own()
            environ[TENANT] = g.caller.tenant
        elif scopes is _MONITOR:
            g.caller = watcher(verify(token_of(environ)))
        elif scopes is _CDS:
            g.call = verify_call(token_of(environ), environ["PATH_INFO"])
            g.caller = Caller(g.call.tenant, "system", g.call.client)
            environ[TENANT] = g.caller.tenant
        elif scopes:
            token = token_of(environ)
            if rule.endpoint in hooks and (tenant := clinic_of_hook(token)):
                caller = Caller(tenant, "system", HOOK)
            else:
                caller = authorise(verify(token), _of_type(scopes, asked.view_args))
            g.caller = caller
            environ[TENANT] = caller.tenant
        if "\0" in environ["PATH_INFO"]:
            raise NotFound("there is nothing at this address")  # no id has it; a database may balk


def _refuse_files(environ: Mapping[str, Any]) -> None:
    """Nothing here takes a file, so none is ever read, stored for a while, or parsed."""
    if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/"):
        raise WrongContentType("a form with files is not accepted", how_to_fix=_NO_FILES)


def _of_type(scopes: Scopes, arguments: Mapping[str, Any] | None) -> Scopes:
    """Put the type of the address in place of `{resource_type}`.

    A type that is not served needs no scope: the view says that it is not.
    """
    if not arguments or "resource_type" not in arguments:
        return scopes
    name = arguments["resource_type"]
    if name not in SERVED:
        return ()
    return tuple(
        (context, kind.format(resource_type=name), letter) for context, kind, letter in scopes
    )


def authorise(identity: Identity, scopes: Scopes) -> Caller:
    """Return the caller in the narrowest context that grants all the scopes.

    Raises:
        NotAllowed: no context does.
    """
    for context in identity.scopes.contexts:
        for wanted, name, letter in scopes:
            if wanted not in ("*", context) or not identity.scopes.allows(context, name, letter):
                break
        else:
            return Caller(
                tenant=identity.tenant,
                role=_ROLES[context],
                name=identity.subject,
                patient=identity.patient if context == "patient" else "",
                practitioner=identity.practitioner if context == "user" else "",
            )
    raise _refused(identity, "the token does not grant the scope that this route needs")


def watcher(identity: Identity) -> Caller:
    """Return the caller as one who watches over the service.

    Raises:
        NotAllowed: the token is not for that.
    """
    if not identity.scopes.monitors:
        raise _refused(identity, "the token is not for watching over the service")
    return Caller(tenant=identity.tenant, role="monitor", name=identity.subject)


def _refused(identity: Identity, detail: str) -> NotAllowed:
    """The refusal of who is known, for the audit trail: in the context that the token acts in."""
    error = NotAllowed(detail)
    context = next(iter(identity.scopes.contexts), "")
    patient = identity.patient if context == "patient" else ""
    role = _ROLES.get(context, "monitor" if identity.scopes.monitors else "none")
    error.by = Caller(identity.tenant, role, identity.subject, patient)
    return error


def token_of(environ: dict[str, Any]) -> str:
    """Return the bearer token of a request.

    Raises:
        NotAuthenticated: it has none.
    """
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("this route needs a bearer token")
    found: str = token.strip()
    return found


def _need_of(endpoint: str, view: Callable[..., Any]) -> Scopes:
    if endpoint == "static":
        return ()  # style sheets
    found: Scopes | None = getattr(view, "needs", None)
    if found is None:
        raise TypeError(f"the route of {endpoint} states neither @needs nor @public")
    return found


def _parse(scope: str) -> tuple[str, str, str]:
    context, _, rest = scope.partition("/")
    name, _, letter = rest.partition(".")
    return context, name, letter
