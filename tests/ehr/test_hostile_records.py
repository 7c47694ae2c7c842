"""A record that is ours and hostile: wherever it points, only the record itself is asked.

And only the record is shown who we are: the token of its login goes to no other.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
import pytest

from service.domain.errors import BadInput
from service.ehr.login import BackendLogin
from service.ehr.record import Manner
from service.ehr.talk import Talk
from service.ehr.visits import changed_since, read_visit
from service.ehr.wire import Wire
from service.usecases.delivering import Closed, NotNow, NotTaken
from service.usecases.noticing import NotYet
from tests.doors.addresses import lookalikes, spellings
from tests.doors.canaries import Canaries, canaries, own_calls
from tests.ehr.faults import changed, serving
from tests.ehr.test_delivery import three_revisions
from tests.ehr.test_login import KEYS, pem
from tests.posted import an_encounter

TOKEN = "a-token-of-the-record"
FHIR = "application/fhir+json"


@pytest.fixture(scope="module")
def heard() -> Iterator[Canaries]:
    with canaries() as found:
        yield found


class Entry:
    """A login that has its token already."""

    granted = ""

    def headers(self):
        return {"Authorization": f"Bearer {TOKEN}"}

    def forget(self, headers): ...


class Hostile:
    """A record whose every answer is `says`; `shown` are the tokens that it was shown."""

    def __init__(self) -> None:
        self.says = ("200 OK", [], {})
        self.shown: list[str] = []

    def __call__(self, environ, start):
        self.shown.append(environ.get("HTTP_AUTHORIZATION", ""))
        status, headers, body = self.says
        start(status, [("Content-Type", FHIR), *headers])
        return [orjson.dumps(body)]


@pytest.fixture
def hostile():
    """The record, and a conversation with it."""
    record = Hostile()
    with serving(record) as url:
        yield record, Talk(Wire(f"{url}/fhir"), Entry(), time.monotonic() + 600)


def of(talk: Talk) -> str:
    return talk.wire.base.split("/")[2]


def everywhere(heard: Canaries, talk: Talk) -> list[str]:
    return [*spellings(heard.ports), *lookalikes(talk.wire.base)]


def only_itself_was_asked(calls, talk: Talk, heard: Canaries) -> None:
    assert {place for _, place in calls} == {of(talk)}
    assert heard.heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_wherever_a_record_sends_us_we_do_not_go(hostile, heard, status):
    record, talk = hostile
    addresses = everywhere(heard, talk)[status % 5 :: 5]
    with own_calls() as calls:
        for address in addresses:
            written = quote(address, safe="!#$%&'()*+,/:;=?@[]~\\ ")
            record.says = (f"{status} Moved", [("Location", written), ("Refresh", "0")], {})
            with pytest.raises(NotNow, match="moved"):
                talk.read("Patient/p1")
            with pytest.raises(NotNow, match="moved"):
                talk.write("POST", "Patient", {"resourceType": "Patient"})
    only_itself_was_asked(calls, talk, heard)
    assert record.shown == [f"Bearer {TOKEN}"] * 2 * len(addresses)


def test_the_next_page_of_a_search_is_asked_of_the_record_or_not_at_all(hostile, heard):
    record, talk = hostile
    with own_calls() as calls:
        for address in everywhere(heard, talk):
            link = [{"relation": "next", "url": address}]
            record.says = ("200 OK", [("Link", "<x>; rel=next")], a_page(link))
            pages = changed_since(talk, "", datetime(2026, 1, 1, tzinfo=UTC))
            next(pages)
            record.says = ("200 OK", [], {"resourceType": "Patient"})  # for a second page
            with pytest.raises((NotTaken, NotNow)):
                next(pages)
    only_itself_was_asked(calls, talk, heard)


def a_page(link):
    return {"resourceType": "Bundle", "type": "searchset", "link": link}


@pytest.mark.parametrize("member", ["subject", "diagnosis", "reasonReference", "participant"])
def test_what_a_visit_refers_to_is_read_in_the_record_or_not_at_all(hostile, heard, member):
    record, talk = hostile
    base = {"id": "e1", "status": "in-progress"}
    with own_calls() as calls:
        for address in everywhere(heard, talk)[::3]:
            told = {
                "reference": f"{address}/{'Patient/p1' if member == 'subject' else 'Condition/c1'}"
            }
            wrapped = {"diagnosis": [{"condition": told}], "participant": [{"individual": told}]}
            wrapped |= {"subject": told, "reasonReference": [told]}
            record.says = ("200 OK", [], an_encounter(**base, **{member: wrapped[member]}))
            # It has one answer to everything, so what it is asked next is never there.
            with pytest.raises((NotTaken, NotNow, NotYet, BadInput)):
                read_visit(talk, "Encounter/e1", problem_list=True)
    only_itself_was_asked(calls, talk, heard)


@pytest.mark.parametrize("manner", [Manner.TRANSACTION, Manner.SINGLE])
def test_where_a_record_says_that_something_was_put_is_looked_at_in_the_record(site, heard, manner):
    """In Location, Content-Location, the entries of a transaction and in what it gives back."""
    clinic = site(manner=manner)
    addresses = iter(spellings(heard.ports) * 9)

    def elsewhere(app, environ, body, start):
        def begin(status, headers, *more):
            place = quote(next(addresses), safe=":/@[]%")
            named = ("Location", "Content-Location", "Link")
            kept = [(name, value) for name, value in headers if name not in named]
            return start(status, [*kept, *((name, f"{place}/CarePlan/1") for name in named)], *more)

        def bent(told):
            told["implicitRules"] = told["url"] = next(addresses).strip()

        return changed(bent)(app, environ, body, begin)

    plans = three_revisions()
    clinic.queue(*plans)
    clinic.faulty.writes[:] = [elsewhere] * 90
    clinic.faulty.reads[:] = [elsewhere] * 90
    with own_calls() as calls:
        clinic.work(rounds=8)
    assert {place for _, place in calls} == {clinic.record.wire.base.split("/")[2]}
    assert heard.heard == []


def test_no_login_is_sent_where_the_record_says_but_to_the_record(hostile, heard):
    record, talk = hostile
    key = pem(KEYS["ES384"])
    with own_calls() as calls:
        for address in everywhere(heard, talk)[::3]:
            record.says = ("200 OK", [], {"token_endpoint": address})
            login = BackendLogin(talk.wire, "me", key, "ES384")
            with pytest.raises(Closed, match="login"):
                login.headers()
    only_itself_was_asked(calls, talk, heard)
