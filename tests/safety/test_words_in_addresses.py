"""Whatever stands in an address, a query or a header, no answer makes markup of it.

The routes are those of the application, the names of their queries those that its own code and
its OpenAPI ask for.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from lxml import html

import service.web
from tests.posted import a_bundle
from tests.safety.shapes import addresses, asked_fields
from tests.safety.site import Site, served
from tests.safety.strings import ALL, OWN, every_string
from tests.safety.watching import watched

pytestmark = pytest.mark.real

STRINGS = every_string() if ALL else OWN
_READ = re.compile(r'request\.args\.get(?:list)?\("([^"]+)"|(?:parameters|_each_once)\(([^)]*)\)')
_NONE_OF_OURS = "//iframe|//object|//embed|//img|//base|//math|//video|//marquee|//@*[%s]"
_HANDLER = "starts-with(name(), 'on') or name() = 'style' or name() = 'srcdoc'"
_FIXED = {"filename": "clinician.css", "resource_type": "CarePlan"}


def asked_for(document: dict[str, Any]) -> list[str]:
    """The names of all queries that any route reads."""
    (folder,) = service.web.__path__
    names = {name for _, _, place, name in asked_fields(document) if place == "query"}
    for path in sorted(Path(folder).glob("*.py")):
        for one, many in _READ.findall(path.read_text(encoding="utf-8")):
            names |= {one} if one else set(re.findall(r'"([^"]+)"', many))
    return sorted(names | {"_id", "subject", "identifier", "_count", "all", "anything"})


def in_an_address(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def a_site(web: Any, site: Site) -> dict[str, str]:
    """Somebody is logged in at both kinds of pages; the ids of what is there."""
    plan = web.post(a_bundle()).headers["Location"].rpartition("/")[2]
    for role in ("clinician", "patient"):
        site.client.get(site.link(role=role))
    return {"plan_id": plan, "pack_id": "lumbar-spinal-stenosis", "handout_id": "knowledge"}


def paths(app: Any, said: str, ids: dict[str, str]) -> list[str]:
    """The address of each route, with the text in the place of one argument, and of each."""
    found = [f"/{said}", f"/clinician/{said}", f"/portal/{said}", f"/smart/{said}", f"/x?{said}"]
    for _, path in addresses(app, "GET"):
        names = re.findall(r"{([a-z0-9_]+)}", path)
        for name in names:
            others = {n: _FIXED.get(n, ids.get(n, "1")) for n in names if n != name}
            found.append(path.format(**others | {name: said}))
    return found


def test_no_answer_has_the_markup_of_its_address_or_its_query(web):
    with served(web) as site:
        ids, app = a_site(web, site), site.client.application
        names = asked_for(web.client.get("/openapi.json").json)
        assert {"code", "before", "iss", "launch", "state", "error", "key", "form"} <= set(names)
        opened = [path.format(**ids) for _, path in addresses(app, "GET") if _is_open(path, ids)]
        assert len(opened) > 20
        headers, before = web.headers(), site.stored
        for number, text in enumerate(STRINGS):
            said = in_an_address(text)
            query = urlencode(dict.fromkeys(names, text), errors="surrogatepass")
            turn = paths(app, said, ids)
            turn += [f"{opened[(number + n) % len(opened)]}?{query}" for n in range(4)]
            for path in turn if ALL else turn[number % 6 :: 6]:
                answer = site.client.get(path, headers=headers)
                assert answer.status_code < 500, path
                _require_no_markup(answer, text, path)
        assert site.stored == before


def _is_open(path: str, ids: dict[str, str]) -> bool:
    names = re.findall(r"{([a-z0-9_]+)}", path)
    return set(names) <= set(ids) and not path.endswith(".pdf")


def _require_no_markup(answer: Any, text: str, path: str) -> None:
    """A text with angles stands in no answer as it is, and nothing of it became an element."""
    body = answer.get_data(as_text=True)
    assert "<" not in text or text not in body, (path, text)
    if "html" in (answer.content_type or ""):
        page = html.fromstring(body)
        assert page.xpath(_NONE_OF_OURS % _HANDLER) == [], (path, text)
        assert [each for each in page.xpath("//script") if each.text] == [], (path, text)
    told = " ".join(f"{name}: {value}" for name, value in answer.headers)
    assert "<" not in text or text not in told, (path, text)


def test_pages_of_errors_are_shown_and_run_nothing(web, browser):
    """The addresses that show a page: an error, or a form with what was asked for."""
    with served(web) as site, watched(browser, site.url) as seen:
        a_site(web, site)
        for role in ("clinician", "patient"):
            seen.go(site.link(role=role))
        for number, text in enumerate(STRINGS if ALL else STRINGS[::2]):
            said = in_an_address(text)
            turn = (
                f"/clinician/paper?code={said}",
                f"/clinician/plans/{said}",
                f"/portal/handouts/{said}",
                f"/smart/launch?iss={said}&launch={said}",
                f"/smart/callback?state={said}&code={said}&error={said}&iss={said}",
                f"/portal/log?before={said}",
                f"/clinician/launch?code={said}",
                f"/{said}",
            )
            for path in turn if ALL else (turn[number % 8],):
                seen.go(path)
                assert seen.caught() == [], path


def test_no_answer_has_the_markup_of_a_header(web):
    names = ("Accept", "Accept-Language", "Referer", "User-Agent", "X-Request-Id", "If-None-Match")
    with served(web) as site:
        ids = a_site(web, site)
        for text in filter(str.isprintable, STRINGS):
            told = dict.fromkeys(names, text.encode().decode("latin-1")) | web.headers()
            for path in ("/clinician/plans", "/portal", f"/api/v1/plans/{ids['plan_id']}", "/x"):
                answer = site.client.get(path, headers=told)
                assert answer.status_code < 500, (path, text)
                _require_no_markup(answer, text, path)
