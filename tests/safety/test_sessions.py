"""A session begins anew at each login and ends at logout; its secrets and tokens stay with us."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.wsgi import ClosingIterator

from tests.safety.site import served, serving
from tests.safety.test_words_in_forms import Visit
from tests.safety.watching import watched
from tests.smart.conftest import a_world

COOKIES = {
    "clinician": "__Host-education_plan_launch",
    "patient": "__Host-education_plan_portal",
}
PATHS = {"clinician": "/clinician", "patient": "/portal"}
PAGES = {"clinician": "/clinician/paper", "patient": "/portal"}
Answers = list[tuple[str, dict[str, str], str]]  # path, headers, body
STORES = """async () => JSON.stringify([
    document.cookie, {...localStorage}, {...sessionStorage}, name, location.href,
    await indexedDB.databases(), await caches.keys(), history.state,
    (await navigator.serviceWorker.getRegistrations()).length])"""


def kept(client: Any, role: str, **more: str) -> str:
    cookie = client.get_cookie(COOKIES[role], **more)
    return cookie.value if cookie else ""


@pytest.mark.parametrize("role", COOKIES)
def test_a_session_ends_at_logout_and_its_cookie_opens_nothing_any_more(web, role):
    with served(web) as site:
        visit = Visit(web, site)
        visit.open(None, role)
        secret = kept(site.client, role)
        form = visit.forms(f"{visit.path}/close" if role == "clinician" else "/portal")
        csrf = next(iter(form.values())).sent["csrf"][0]
        answer = site.client.post(f"{PATHS[role]}/leave", data={"csrf": csrf})
        assert (answer.status_code, kept(site.client, role)) == (303, "")
        site.client.set_cookie(COOKIES[role], secret)
        more = visit.path if role == "clinician" else "/portal/log"
        assert [site.client.get(path).status_code for path in (PAGES[role], more)] == [401, 401]
        again = site.client.post(f"{PATHS[role]}/language", data={"csrf": csrf, "language": "en"})
        assert again.status_code == 401


@pytest.mark.parametrize("role", COOKIES)
def test_a_session_ends_by_itself(web, role):
    with served(web) as site:
        Visit(web, site).open(None, role)
        secret = kept(site.client, role)
    for hours, status in ((0.4, 200), (9, 401)):
        late = datetime.now(UTC) + timedelta(hours=hours)
        with served(web, clock=lambda late=late: late) as site:
            site.client.set_cookie(COOKIES[role], secret)
            assert site.client.get(PAGES[role]).status_code == status


@pytest.mark.parametrize("role", COOKIES)
def test_a_cookie_that_was_planted_before_the_login_is_gone_after_it(web, role):
    """The attacker's own session, or a made-up one: neither is what the victim goes on with."""
    with served(web) as site:
        Visit(web, site)
        attacker = site.client.application.test_client()
        attacker.get(site.link("p2", role, name="mallory", practitioner="Practitioner/mallory"))
        for planted in (kept(attacker, role), "ZGVtbw==.made-up", "x"):
            site.client.set_cookie(COOKIES[role], planted)
            site.client.get(site.link(role=role))
            mine = kept(site.client, role)
            assert mine
            assert planted not in mine.split("~")
            assert site.client.get(PAGES[role]).status_code == 200


@pytest.mark.parametrize("role", COOKIES)
def test_each_login_has_a_secret_and_a_token_of_its_own(web, role):
    with served(web) as site:
        visit, secrets, tokens = Visit(web, site), set(), set()
        for _ in range(3):
            visit.open(None, role)
            secrets.add(kept(site.client, role).split("~")[0])
            form = visit.forms(f"{visit.path}/close" if role == "clinician" else "/portal")
            tokens.add(next(iter(form.values())).sent["csrf"][0])
        assert (len(secrets), len(tokens)) == (3, 3)
        assert min(len(secret.partition(".")[2]) for secret in secrets) >= 43  # 256 bits
        assert {"clinician": 3, "patient": 1}[role] == web.rows("launch") - 3  # the links' own


@pytest.mark.real
@pytest.mark.parametrize("role", COOKIES)
def test_nothing_secret_is_in_any_answer_or_kept_by_the_browser(
    make_web,
    logins,
    tmp_path,
    browser,
    role,
):
    """A whole journey by SMART: launch, login, pages, logout; every answer is read."""
    apps: list[Any] = []
    answers: Answers = []
    with serving(lambda environ, start: apps[0](environ, start)) as url:
        told = {"service": url, "now": datetime.now(UTC)}
        smart = a_world(make_web(), *logins, tmp_path, **told)
        apps.append(noting(smart.browser.application, answers))
        if role == "patient":
            smart.login.person, smart.login.subject = "Patient/p1", "anna"
        tokens: list[dict[str, str]] = []
        smart.login.bent.token = lambda answer: _noted(tokens, answer)
        with watched(browser, url) as seen:
            journey(seen, smart, url, role)
            stored = seen.page.evaluate(STORES)
            cookies = seen.page.context.cookies()
    (token,) = tokens
    (form,) = [form for path, form in smart.login.asked if path == "/token"]
    asked = dict(parse_qsl(urlsplit(answers[0][1]["location"]).query))
    secret = {token[name] for name in ("access_token", "refresh_token", "id_token")}
    secret |= {form["code"], form["code_verifier"], form["client_assertion"]}
    assert len(secret) == 6
    everything = [json.dumps([headers, body]) for _, headers, body in answers]
    assert len(everything) > 5
    for each in [*everything, stored, json.dumps(cookies), rows(smart.web)]:
        assert [word for word in secret if word in each] == []
    # The login is told them in its address, as SMART has it; no later answer repeats them.
    for each in [*everything[1:], stored, json.dumps(cookies), rows(smart.web)]:
        assert [asked[n] for n in ("state", "nonce", "code_challenge") if asked[n] in each] == []
    session = session_of(answers)
    shown = [json.dumps([_without_cookie(headers), body]) for _, headers, body in answers]
    for each in [*shown, stored, rows(smart.web), *(path for path, _, _ in answers)]:
        assert session not in each


def _noted(tokens: list[dict[str, str]], answer: dict[str, str]) -> dict[str, str]:
    tokens.append(answer | {"refresh_token": "a-refresh-token-that-nobody-asked-for"})
    return tokens[-1]


def noting(app: Any, answers: Answers) -> Any:
    """The application, with each of its answers read to the end and kept."""

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        given: dict[str, str] = {}

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            for name, value in headers:
                given[name.lower()] = "\n".join(filter(None, (given.get(name.lower()), value)))
            return start(status, headers, exc_info)

        with closing(ClosingIterator(app(environ, begin))) as parts:
            body = b"".join(parts)
        answers.append((environ["PATH_INFO"], given, body.decode("utf-8", "replace")))
        return [body]

    return answer


def journey(seen: Any, smart: Any, url: str, role: str) -> None:
    """From the record to the pages and out again."""
    launch = "&launch=xyz" if role == "clinician" else ""
    seen.page.goto(f"{url}/smart/launch?iss={smart.login.iss}{launch}")
    pages = ("/clinician/plans?all=1", "/clinician/paper") if role == "clinician" else ()
    for path in pages or ("/portal", "/portal/log", "/portal/data"):
        assert seen.go(path) == 200
    with seen.page.expect_navigation():
        seen.page.locator(f"form[action='{PATHS[role]}/leave'] button").click()


def session_of(answers: Answers) -> str:
    name = "education_plan_launch=", "education_plan_portal="
    for _, headers, _ in answers:
        for line in headers.get("set-cookie", "").splitlines():
            if line.startswith(name) and not line.partition("=")[2].startswith(";"):
                return line.partition("=")[2].partition(";")[0]
    raise AssertionError("nobody was logged in")


def _without_cookie(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "set-cookie"}


def rows(web: Any) -> str:
    """All that the database holds of launches."""
    with web.database.reading() as connection:
        found = [connection.execute(f"SELECT * FROM {t}").fetchall() for t in ("launch", "attempt")]
    return str(found)
