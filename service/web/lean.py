"""Flask without what this service has no use for: at each request, and at the start."""

import random
import time
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import Map, MapAdapter, Rule

from service.usecases.again import Again


class NoSessions(SessionInterface):
    """Nothing is kept in a session of Flask's: one empty one serves every request."""

    _empty = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        return self._empty

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None: ...


class LazyRule(Rule):
    """A rule that learns to write its address when it is first asked to; few ever are.

    Werkzeug compiles two functions for each rule: half of the time that all routes take.
    """

    def _compile_builder(
        self,
        append_unknown: bool = True,  # noqa: FBT001, FBT002  # as Werkzeug has it
    ) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build


class LeanMap(Map):
    """A map that also knows its addresses without a part to be read, by method."""

    @cached_property
    def whole(self) -> dict[tuple[str, str], Rule]:
        """Asked for when all rules are in: after its first request Flask takes no more."""
        plain = (rule for rule in self.iter_rules() if not rule.arguments)
        return {(method, rule.rule): rule for rule in plain for method in rule.methods or ()}


class LeanAdapter(MapAdapter):
    """Finds an address that stands in the map as it is at once, and not part by part."""

    def match(self, *given: Any, **how: Any) -> Any:
        if how == {"return_rule": True} and not given:
            rule = cast("LeanMap", self.map).whole.get((self.default_method, self.path_info))
            if rule is not None:
                return rule, {}
        return super().match(*given, **how)


class LeanRequest(Request):
    """A request that brings no files (access.py refuses them), so there are none to close."""

    def close(self) -> None: ...


class LeanFlask(Flask):
    """Flask for views that are plain functions, may be called again, and keep no session.

    Before a request there is what the application asks for, after it what the blueprint does,
    and at its end nothing.
    """

    session_interface = NoSessions()
    request_class = LeanRequest
    url_rule_class = LazyRule
    url_map_class = LeanMap
    _again = Again(time.sleep, time.monotonic, random.random)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's, where the service has one name: there is no other to compare it with."""
        if request is None:
            return None
        environ = request.environ
        return LeanAdapter(
            self.url_map,
            request.host.lower(),
            request.root_path,
            "",
            request.scheme,
            environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),  # PEP 3333
            request.method,
            environ.get("QUERY_STRING", ""),
        )

    def finalize_request(
        self,
        rv: Any,
        from_error_handler: bool = False,  # noqa: ARG002, FBT001, FBT002  # as Flask has it
    ) -> Response:
        return self.process_response(self.make_response(rv))

    def do_teardown_request(self, exc: Any = None) -> None: ...

    def do_teardown_appcontext(self, exc: Any = None) -> None: ...

    def preprocess_request(self) -> None:
        for check in self.before_request_funcs[None]:
            self._again(check)

    def dispatch_request(self) -> Any:
        return self._again(super().dispatch_request)

    def make_response(self, rv: Any) -> Response:
        return rv if isinstance(rv, Response) else super().make_response(rv)

    def process_response(self, response: Response) -> Response:
        for change in self.after_request_funcs.get(request.blueprint, ()):
            response = cast("Response", change(response))
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return it as it is: Flask would look into it anew, six times for each request."""
        return func
