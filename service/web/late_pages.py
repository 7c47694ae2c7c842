"""Pages whose views are loaded at the first one, with the templates' languages.

A worker that only makes plans needs neither (docs/decisions/0023).
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import Blueprint, current_app

from service.web.access import public

Route = tuple[str, str, str]  # address, view, method
LEFT = "left"  # the view after logging out, which opens for anybody


def late_pages(
    name: str,
    routes: Iterable[Route],
    mark: Callable[[Callable[..., Any]], Callable[..., Any]],
    load: Callable[[], Any],
) -> Blueprint:
    """Return the pages below `/name`; `mark` says what opens them, `load` returns their views."""
    blp = Blueprint(name, __name__, url_prefix=f"/{name}")

    @cache
    def views() -> Any:
        from service.web.languages import register

        register(current_app)
        return load()

    def view(view_name: str) -> Callable[..., Any]:
        def answer(**arguments: Any) -> Any:
            return getattr(views(), view_name)(**arguments)

        return public(answer) if view_name == LEFT else mark(answer)

    for address, view_name, method in routes:
        blp.add_url_rule(address, view_name, view(view_name), methods=[method])
    return blp
