"""Every route's headers, cookies and forms are what the table (promised.py) says."""

import re
from typing import Any

import pytest

from tests.conftest import SERVICE_URL
from tests.posted import a_bundle
from tests.safety.promised import ANY, PROMISED, forms, promised
from tests.safety.shapes import addresses
from tests.safety.site import Site, served
from tests.safety.test_words_in_forms import Visit
from tests.web.authorization import rows
from tests.web.test_authorization import a_world, ask

FRAMES = {"demo": ("https://ehr.example",), "other": ("https://other.example",)}
BOTH = "https://ehr.example https://other.example"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HASH = re.compile(r" 'sha256-[A-Za-z0-9+/=]+'")


def test_every_route_has_its_line(web):
    app = web.client.application
    found = set(addresses(app, *METHODS))
    hooks = {path for _, path in found if path.startswith("/cds-services")}
    assert found | {("OPTIONS", path) for path in hooks} == set(promised())


def faults_of(answer: Any, kind: str, frames: str) -> dict[str, Any]:
    """The headers of an answer that are not what its kind of route promises."""
    given = answer.headers
    content = (given.get("Content-Type") or "").partition(";")[0]
    shown = content in ("text/html", "text/css", "text/plain", "text/javascript")
    what = "way" if 300 <= answer.status_code < 400 else "page" if shown else "data"
    promises = PROMISED[kind].get(what) or PROMISED["data"]["data"]
    if answer.status_code >= 400 and what == "data":
        promises = PROMISED["data"]["data"]
    return {
        name: given.get(name)
        for name, value in promises.items()
        if not _holds(given.get(name), value, frames)
    } | _weak(given.get("Content-Security-Policy", ""), frames)


def _holds(given: str | None, promise: str, frames: str) -> bool:
    if given is None or promise == ANY:
        return given is not None
    given = re.sub(r"max-age=(3600|31536000, immutable)", "max-age={age}", given)
    wanted = promise.replace("{frames}", frames)
    return HASH.sub("", given) == wanted.replace("{style}", "")


def _weak(policy: str, frames: str) -> dict[str, str]:
    """What no policy of ours says, whichever the route."""
    told = policy.replace(f"frame-ancestors {frames}", "") if frames else policy
    weak = re.findall(r"'unsafe-[a-z-]+'|\*|data:|blob:|https?:", told)
    return {"weak": policy} if weak or (policy and "default-src 'none'" not in policy) else {}


def address(path: str, visit: Visit, name: str) -> str:
    plan = visit.plan
    session, goal = plan["sessions"][0], plan["goals"][-1]
    ids = {"plan_id": plan["id"], "number": session["id"], "goal_id": goal["id"], "name": name}
    if path.endswith("/withdraw"):
        ids["number"] = "1"
    return path.format(**ids, code="x", filename="clinician.css")


def handout_of(site: Site) -> str:
    found = re.search(r"/portal/handouts/([0-9a-f-]+)", site.client.get("/portal").text)
    assert found
    return found[1]


def opened(web: Any, site: Site) -> tuple[Visit, str, dict[str, str]]:
    """Both kinds of pages are open; the visit, a handout's name, and the tokens of both."""
    visit = Visit(web, site)
    visit.open(None)
    visit.open(None, "patient")
    tokens = {
        kind: next(iter(visit.forms(path).values())).sent["csrf"][0]
        for kind, path in (("visit", f"{visit.path}/close"), ("own", "/portal"))
    }
    return visit, handout_of(site), tokens


# Ends what the others need, so it comes last.
LAST = ("/close", "/leave", "/discard", "/language")


def test_pages_have_the_headers_that_are_promised_open_and_closed(web):
    faults: dict[str, Any] = {}
    lines = {line: kind for line, kind in promised().items() if kind in ("visit", "own")}
    statuses = set()
    with served(web, frames=FRAMES, press=lambda page: b"%PDF") as site:
        visit, name, tokens = opened(web, site)
        stranger = site.client.application.test_client()
        for (method, path), kind in sorted(
            lines.items(), key=lambda each: each[0][1].endswith(LAST)
        ):
            asked = address(path, visit, name)
            sent = {"data": {"csrf": tokens[kind]}} if method == "POST" else {}
            alone = "'none'" if kind == "own" else BOTH
            own = "https://ehr.example" if kind == "visit" else "'none'"
            answer = site.client.open(asked, method=method, **sent)
            if path in ("/clinician/left", "/clinician/launch", "/smart/launch", "/smart/callback"):
                own = alone  # tells of nobody, so of no clinic
            statuses.add(answer.status_code)
            faults[f"{method} {path}"] = faults_of(answer, kind, own)
            closed = stranger.open(asked, method=method, **sent)
            assert closed.status_code in (200, 400, 401), path
            faults[f"{method} {path} closed"] = faults_of(closed, kind, alone)
    assert {line: found for line, found in faults.items() if found} == {}
    assert {200, 303, 422} <= statuses
    assert not [status for status in statuses if status >= 500]


@pytest.mark.parametrize("row", rows(), ids=str)
def test_rest_and_fhir_have_the_headers_that_are_promised_whoever_asks(web, row):
    """Each row of the authorization matrix: one who is let in, and one who is not."""
    adapter = web.client.application.url_map.bind("localhost")
    world = a_world(web, 0)
    asked = row.path.format(link=world.link, **world.places).partition("?")[0]
    rule, _ = adapter.match(asked, method=row.method, return_rule=True)
    kind = promised()[row.method, re.sub(r"<(?:[a-z]+:)?([a-z0-9_]+)>", r"{\1}", rule.rule)]
    let_in = [role for role, cell in row.cells.items() if cell in "2F"]
    for role in [*let_in[:1], "anon", "dpo"]:
        answer = ask(world, row.method, row.path, role, world.places)
        assert answer.status_code < 500
        assert faults_of(answer, kind, "'none'") == {}, role
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/static/clinician.css", "/.well-known/jwks.json", "/x"]
)
def test_what_is_public_has_the_headers_that_are_promised(web, path):
    answer = web.client.get(path)
    answer.get_data()
    answer.close()
    assert faults_of(answer, "data" if path == "/x" else "public", "'none'") == {}
    assert "Set-Cookie" not in answer.headers


def test_what_stands_between_two_origins_is_told_to_a_browser_that_asks_first(web):
    for path in ("/cds-services", "/cds-services/x", "/cds-services/x/feedback"):
        answer = web.client.options(path, headers={"Origin": "https://evil.example"})
        assert faults_of(answer, "public", "'none'") == {}
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


ELSEWHERE = {
    "nothing said": {},
    "another origin": {"Origin": "https://evil.example"},
    "an origin that only begins alike": {"Origin": f"{SERVICE_URL}.evil.example"},
    "another scheme": {"Origin": SERVICE_URL.replace("https", "http")},
    "another port": {"Origin": f"{SERVICE_URL}:8443"},
    "an opaque origin": {"Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": SERVICE_URL},
    "a sibling of the site": {"Sec-Fetch-Site": "same-site", "Origin": SERVICE_URL},
    "nobody's page": {"Sec-Fetch-Site": "none"},
}


def test_no_form_is_taken_from_elsewhere_or_without_the_token_of_its_page(web):
    """Every form of both kinds of pages, by every way in which it may come from elsewhere."""
    assert len(forms()) > 20
    with served(web) as site:
        visit, name, tokens = opened(web, site)
        web.post(a_bundle())
        other = site.client.application.test_client()
        foreign = {}
        for kind, link in (("visit", site.link("p2")), ("own", site.link("p2", role="patient"))):
            foreign[kind] = _token(other, link)
        before, launches = site.stored, web.rows("launch")
        bare = site.client.application.test_client()
        bare.environ_base.pop("HTTP_SEC_FETCH_SITE")
        for cookie in ("__Host-education_plan_launch", "__Host-education_plan_portal"):
            bare.set_cookie(cookie, site.client.get_cookie(cookie).value)
        for kind, path in forms():
            asked = address(path, visit, name)
            for why, headers in ELSEWHERE.items():
                answer = bare.post(asked, data={"csrf": tokens[kind]}, headers=headers)
                assert answer.status_code == 403, (path, why)
            for token in (
                "",
                "x",
                tokens[kind][:-1],
                foreign[kind],
                tokens["own" if kind == "visit" else "visit"],
            ):
                answer = site.client.post(asked, data={"csrf": token})
                assert answer.status_code == 403, (path, token)
            assert site.client.post(f"{asked}?csrf={tokens[kind]}").status_code == 403
            assert site.client.post(asked, json={"csrf": tokens[kind]}).status_code == 403
        assert (site.stored, web.rows("launch")) == (before, launches)
        ours = {"Origin": SERVICE_URL}  # a browser that knows no Sec-Fetch-Site
        answer = bare.post("/portal/language", data={"csrf": tokens["own"]}, headers=ours)
        assert answer.status_code == 303


def _token(client: Any, link: str) -> str:
    client.get(link)
    page = client.get("/clinician/paper" if "clinician" in link else "/portal").text
    found = re.search('name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def flags(answer: Any) -> list[set[str]]:
    return [set(kept.split("; ")[1:]) for kept in answer.headers.getlist("Set-Cookie")]


@pytest.mark.parametrize("dest", ["document", "iframe", "frame", ""])
@pytest.mark.parametrize("role", ["clinician", "patient"])
def test_a_cookie_is_kept_from_scripts_and_other_sites(web, role, dest):
    web.post(a_bundle())
    link = web.launch_link() if role == "clinician" else web.login_link()
    entered = web.client.get(link, headers={"Sec-Fetch-Dest": dest} if dest else {})
    (kept,) = flags(entered)
    framed = dest in ("iframe", "frame")
    assert {"Secure", "HttpOnly"} <= kept
    assert ("SameSite=None" in kept, "Partitioned" in kept) == (framed, framed)
    assert ("SameSite=Lax" in kept) != framed
    assert not [flag for flag in kept if flag.startswith("Domain")]
    assert [flag for flag in kept if flag.startswith("Expires")]
    assert "Path=/" in kept  # so that a browser takes it as a __Host- cookie
