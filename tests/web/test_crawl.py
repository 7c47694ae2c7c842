"""Every role asks at random for everything that anybody was ever shown: no foreign word comes.

CRAWL_REQUESTS=100000 is the full form (`make crawl`); CRAWL_SEED repeats a walk.
"""

import os

import pytest

from tests.builders import a_pack
from tests.web.crawl import ASKERS, CLINICAL, ID, Canary, Crawl, may_see
from tests.web.test_handouts import printed

REQUESTS = int(os.environ.get("CRAWL_REQUESTS", "2000"))
SEED = int(os.environ.get("CRAWL_SEED", "8"))


@pytest.fixture
def crawl(make_web):
    return Crawl(make_web(printed(a_pack()), press=lambda page: page), SEED)


def test_no_role_is_ever_shown_what_is_not_theirs(crawl):
    crawl.walk(REQUESTS)
    words = sum(crawl.sung.values())
    statuses = dict(sorted(crawl.statuses.items()))
    print(f"seed {SEED}: {REQUESTS} requests, {words} words seen, {statuses}")  # noqa: T201
    assert crawl.wrong == []
    assert not [status for status in crawl.statuses if status >= 500]
    # It was a walk worth taking: whoever may see something has seen some of it.
    heard = {who for who, _ in crawl.sung}
    assert heard >= {"sysA", "sysB", "D1", "D2", "P1", "P2", "PB", "G1", "L1", "LG", "O1", "OB"}
    assert len({word for _, word in crawl.sung}) > len(crawl.canaries) * 3 // 4


def test_a_word_in_the_wrong_answer_would_be_found(crawl):
    word = next(w for w, c in crawl.canaries.items() if (c.tenant, c.patient) == ("demo", "bodil"))
    crawl._look(1, "P1", "GET /x", "/x", f"… {word} …")
    crawl._look(2, "sysB", "GET /x", "/x", f"… {word} …")
    crawl._look(3, "D1", "GET /x", "/x", f"… {word} …")
    assert len(crawl.wrong) == 2


@pytest.mark.parametrize("who", ASKERS)
def test_the_oracle_lets_nobody_see_the_other_clinic(who):
    tenants = {t for t in ("demo", "other") if may_see(who, Canary("x", t, "anna", ID))}
    assert len(tenants) <= 1


def test_the_oracle_shows_patients_nothing_that_is_for_clinicians():
    note = Canary("x", "demo", "anna", CLINICAL)
    assert {who for who in ASKERS if may_see(who, note)} == {"sysA", "tok", "D1", "cds", "L1", "LG"}
