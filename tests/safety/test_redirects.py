"""No answer sends a browser to another origin, whatever it is asked with.

Only `GET /smart/launch` leaves, to the login that the clinic's settings name (tests/smart).
"""

import re
from itertools import product
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from tests.safety.promised import promised
from tests.safety.site import served
from tests.safety.test_headers import LAST, address, opened

HOST = "evil.example"
ELSEWHERE = (
    *(f"https://{HOST}", f"http://{HOST}/", f"HTTPS://{HOST}", f"//{HOST}", f"///{HOST}"),
    *(f"////{HOST}", f"\\\\{HOST}", f"/\\{HOST}", f"\\/{HOST}", f"/\\/{HOST}", f"https:{HOST}"),
    *(f"https:/{HOST}", f"https:\\\\{HOST}", f"https:///{HOST}", f"/\t/{HOST}", f"/\n/{HOST}"),
    *(f"\t//{HOST}", f" //{HOST}", f"\u00a0//{HOST}", f"\x00//{HOST}", f"//{HOST}\\@localhost"),
    *(f"https://localhost@{HOST}", f"https://localhost:80@{HOST}", f"//localhost@{HOST}"),
    *(f"https://{HOST}#localhost", f"https://{HOST}?localhost", f"https://localhost.{HOST}"),
    *(f"%2f%2f{HOST}", f"/%2f{HOST}", f"/%5c{HOST}", f"%5c%5c{HOST}", f"/%09/{HOST}"),
    *(
        f"/%252f{HOST}",
        f"/.//{HOST}",
        f"/..//{HOST}",
        f"/../\\{HOST}",
        f"./\\{HOST}",
        f"/;//{HOST}",
    ),
    *("javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x"),
    *(f"/\u2215{HOST}", f"/\uff0f{HOST}", f"https\uff1a//{HOST}", "https://evil\u3002example"),
    *(
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::1]/",
        "//[::1]",
        "https://evil%2eexample",
    ),
    *(f"/clinician//{HOST}", f"/clinician/\\{HOST}", f"/clinician/../..//{HOST}"),
    *(f"/clinician/plans\r\nLocation: https://{HOST}", f"/clinician/%0d%0aLocation:%20//{HOST}"),
    *(f"/clinician/@{HOST}", f"/clinician/plans?next=//{HOST}", f"/clinician/plans#//{HOST}"),
    *(f"/portal//{HOST}", f"/clinician\t//{HOST}", f"/clinician/.//{HOST}", f".{HOST}", f"@{HOST}"),
)
# What a route of ours, or of others, calls the place to go on to.
NAMES = (
    *("back", "next", "name", "return", "return_to", "returnTo", "url", "uri", "redirect"),
    *("redirect_uri", "redirect_url", "continue", "target", "dest", "goto", "to", "from", "path"),
    *("code", "state", "iss", "launch", "error", "form", "before", "all", "key"),
)


def leads(location: str, base: str = "http://localhost/clinician/plans") -> str:
    """The origin that a browser goes to, by the rules of the WHATWG URL Standard.

    Tabs and line ends are dropped, blanks at the ends too, and `\\` is a `/`.
    """
    told = re.sub(r"[\t\r\n]", "", location).strip("".join(map(chr, range(33)))).replace("\\", "/")
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):(/*)", told)
    if scheme and scheme[1].lower() in ("http", "https"):
        told = f"{scheme[1].lower()}://{told[scheme.end() :]}"
    elif scheme:
        return f"{scheme[1].lower()}:"
    elif re.match("//+", told):
        told = f"http://{told.lstrip('/')}"
    else:
        return _origin(base)
    return _origin(told)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


@pytest.mark.parametrize("url", ELSEWHERE[:20])
def test_what_looks_like_an_address_elsewhere_is_one(url):
    """Else the rules above let through what a browser follows."""
    assert "\x00" in url or "\u00a0" in url or leads(url) != "http://localhost"


def require_ours(answer: Any, *asked: object) -> bool:
    """Whether the answer leads on; if so, to a path of ours, as one."""
    assert answer.status_code < 500, asked
    location = answer.headers.get("Location")
    if location is None:
        assert not 300 <= answer.status_code < 400, asked
        return False
    assert re.match(r"/(?![/\\])", location), (asked, location)
    assert leads(location) == "http://localhost", (asked, location)
    assert "Refresh" not in answer.headers
    return True


def test_no_page_and_no_form_leads_to_another_origin(web):
    """A route that leads on is asked with every address; one that never does, with some."""
    lines = [line for line, kind in promised().items() if kind in ("visit", "own", "public")]
    kinds, leading = promised(), set()
    with served(web, press=lambda page: b"%PDF") as site:
        visit, name, tokens = opened(web, site)
        for number, (method, path) in enumerate(sorted(lines, key=_last)):
            if method == "OPTIONS" or path.endswith("/leave"):
                continue
            asked = address(path.replace("{service_id}", "x"), visit, name)
            for turn, url in enumerate(ELSEWHERE):
                if (method, path) not in leading and (turn + number) % 8:
                    continue
                told = dict.fromkeys(NAMES, url)
                form = told | {"csrf": tokens.get(kinds[method, path], ""), "language": "en"}
                more = {"data": form} if method == "POST" else {}
                answer = site.client.open(asked, method=method, query_string=told, **more)
                if require_ours(answer, method, path, url):
                    leading.add((method, path))
                answer.close()
    assert {("GET", "/"), ("POST", "/clinician/language"), ("POST", "/portal/language")} <= leading
    assert len(leading) >= 10


def _last(line: tuple[str, str]) -> bool:
    return line[1].endswith(LAST)


def test_logging_in_and_out_leads_nowhere_else(web):
    with served(web) as site:
        visit, _, _ = opened(web, site)
        for url in ELSEWHERE[::4]:
            told = dict.fromkeys([n for n in NAMES if n != "code"], url)
            for role, path in (("clinician", visit.path + "/close"), ("patient", "/portal")):
                entered = site.client.get(site.link(role=role), query_string=None)
                assert require_ours(entered, role)
                link = f"{site.link(role=role)}&{_query(told)}"
                assert require_ours(site.client.get(link), role, url)
                csrf = next(iter(visit.forms(path).values())).sent["csrf"]
                leave = f"/{'portal' if role == 'patient' else 'clinician'}/leave"
                left = site.client.post(leave, data=told | {"csrf": csrf}, query_string=told)
                assert require_ours(left, role, url)


def _query(told: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in told.items())


def test_no_address_leads_to_another_origin_by_itself(web):
    """`//evil.example` may be a path; what is sent in `Host` is no place of ours."""
    with served(web) as site:
        opened(web, site)
        paths = [f"/{quote(url, safe='/%')}" for url in ELSEWHERE]
        paths += [f"//{HOST}/clinician/plans", "//docs", "/clinician//plans", "/clinician/plans/"]
        paths += [f"/clinician/paper/{quote(url, safe='')}" for url in ELSEWHERE]
        for path, host in product(paths, ("localhost", HOST, f"localhost@{HOST}", f"{HOST}:80")):
            headers = {"X-Forwarded-Host": HOST, "X-Original-URL": f"//{HOST}"}
            headers |= {"Forwarded": f"host={HOST}", "Referer": f"https://{HOST}/"}
            # Written as it comes over a line: the client would take `//x` for another server.
            asked = {"PATH_INFO": unquote(path, "latin-1"), "HTTP_HOST": host}
            answer = site.client.get("/", headers=headers, environ_overrides=asked)
            require_ours(answer, path, host)
            assert HOST not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("name", ["iss", "launch", "state", "code", "redirect_uri", "aud"])
def test_a_launch_leaves_for_the_login_of_the_settings_alone(world, name):
    for url in ELSEWHERE:
        asked = {"iss": world.login.iss, "launch": "xyz"} | {name: url}
        left = world.browser.get("/smart/launch", query_string=asked)
        if left.status_code == 302:
            parts = urlsplit(left.headers["Location"])
            assert f"{parts.scheme}://{parts.netloc}" == world.login.base, url
            assert f"redirect_uri={quote(url, safe='')}" not in parts.query
        else:
            assert (left.status_code, left.headers.get("Location")) == (400, None), url
        back = world.browser.get(
            "/smart/callback", query_string={"state": "x", "code": "y", name: url}
        )
        assert (back.status_code, back.headers.get("Location")) == (400, None), url
        assert f'href="{url}' not in back.text
