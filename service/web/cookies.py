"""How a browser is to keep what opens pages: by whom it can be set, where it is sent, in what."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from service.web.parts import Parts


def keep(parts: Parts, answer: Response, name: str, path: str, value: str, **ends: Any) -> None:
    """Have the browser keep a cookie; `ends` says when, as `set_cookie` takes it.

    On https it is a `__Host-` cookie: no other host, and nobody on the way, can have set it
    (RFC 6265bis, 4.1.3.2). Such a cookie goes to every path; without TLS it is held to `path`.
    """
    kept_name, kept_path = _named(parts, name, path)
    answer.set_cookie(kept_name, value, path=kept_path, httponly=True, **ends, **_how_kept(parts))


def forget(parts: Parts, answer: Response, name: str, path: str) -> None:
    """Have the browser forget a cookie that `keep` set in a window of the same kind."""
    kept_name, kept_path = _named(parts, name, path)
    answer.delete_cookie(kept_name, path=kept_path, httponly=True, **_how_kept(parts))


def kept(parts: Parts, name: str) -> str:
    """Return the value of a cookie that `keep` set; "" when the browser has none."""
    return request.cookies.get(_named(parts, name, "")[0], "")


def _named(parts: Parts, name: str, path: str) -> tuple[str, str]:
    return (f"__Host-{name}", "/") if _is_safe(parts) else (name, path)


def _is_safe(parts: Parts) -> bool:
    return urlsplit(parts.service_url).scheme == "https"


def _how_kept(parts: Parts) -> dict[str, Any]:
    """How a browser is to keep a cookie of this request: in its own window, or in a frame.

    In a frame of another site only a cookie that says so is kept (SameSite=None), and by
    `Partitioned` (CHIPS) it is the frame's own: the same site in another window has none of it.
    A browser that does not tell (Sec-Fetch-Dest) is held to be a window.
    """
    if request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame"):
        return {"samesite": "None", "secure": True, "partitioned": True}
    return {"samesite": "Lax", "secure": _is_safe(parts)}
