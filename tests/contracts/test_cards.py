"""A token is used once, wherever it comes to; what was answered to cards is counted."""

import threading
from datetime import timedelta

import pytest

from service.store.cards import DatabaseCardAnswers
from service.store.ids import new_id
from service.store.plans import DatabasePlans
from service.usecases.card_answers import CardAnswer, CardOutcome, CountAnswers
from service.usecases.ports import UsedToken
from tests.builders import NOW, a_caller

LATER = 4_000_000_000.0
VIEW = "education-plan-patient-view"


@pytest.fixture
def clock():
    return [1_795_000_000]


@pytest.fixture
def engine(any_engine, clock):
    return any_engine(lambda: clock[0] * 1_000_000)


class Tokens:
    """Each token is used in a transaction of its own."""

    def __init__(self, engine):
        self._plans = DatabasePlans(engine, new_id)

    def use(self, tenant, client, token, expires, request):
        with self._plans.writing(tenant) as transaction:
            return transaction.use(UsedToken(client, token, expires, request))


@pytest.fixture
def used(engine):
    return Tokens(engine)


@pytest.fixture
def answers(engine):
    return DatabaseCardAnswers(engine)


def test_a_token_is_used_once(used):
    assert used.use("demo", "ehr", "t", LATER, "request 1")
    assert not used.use("demo", "ehr", "t", LATER, "request 2")


def test_a_request_that_was_interrupted_may_ask_again(used):
    assert [used.use("demo", "ehr", "t", LATER, "request 1") for _ in range(2)] == [True, True]


def test_the_same_token_of_another_client_or_clinic_is_another(used):
    assert used.use("demo", "ehr", "t", LATER, "1")
    assert used.use("demo", "other ehr", "t", LATER, "2")
    assert used.use("other", "ehr", "t", LATER, "3")


def test_what_has_expired_is_forgotten(used, engine, clock):
    used.use("demo", "ehr", "old", clock[0] + 300.0, "1")
    clock[0] += 301
    used.use("demo", "ehr", "00: with one of 256", clock[0] + 300.0, "2")
    with engine.reading() as connection:
        rows = connection.execute("SELECT token FROM used_token WHERE tenant = ?", ("demo",))
        assert [row[0] for row in rows.fetchall()] == ["00: with one of 256"]


def test_of_many_who_use_a_token_at_once_in_two_replicas_one_does(any_engine, clock):
    replicas = [Tokens(any_engine(lambda: clock[0] * 1_000_000)) for _ in range(2)]
    first: list[int] = []
    begin = threading.Barrier(8)

    def use(number: int) -> None:
        begin.wait(timeout=30)
        if replicas[number % 2].use("demo", "ehr", "t", LATER, str(number)):
            first.append(number)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(first) == 1


def an_answer(card: str, reason: str = "", minutes: int = 0, **more) -> CardAnswer:
    outcome = CardOutcome.OVERRIDDEN if reason else CardOutcome.ACCEPTED
    given = {"service": VIEW, "outcome": outcome, "at": NOW + timedelta(minutes=minutes)}
    return CardAnswer(card=card, reason=reason, **(given | more))


def test_answers_are_counted_by_outcome_and_reason_with_the_newest(answers):
    answers.keep("demo", [an_answer("1"), an_answer("2", "no-time"), an_answer("3", "no-time", 5)])
    counts = [(c.outcome, c.reason, c.many, c.last) for c in answers.count("demo", VIEW)]
    assert counts == [
        ("accepted", "", 1, NOW),
        ("overridden", "no-time", 2, NOW + timedelta(minutes=5)),
    ]
    assert answers.count("demo", "other") == []


def test_a_card_has_one_answer_which_is_the_newest(answers):
    answers.keep("demo", [an_answer("1", "no-time", 5)])
    answers.keep("demo", [an_answer("1")])
    assert [(c.outcome, c.many) for c in answers.count("demo", VIEW)] == [("overridden", 1)]
    answers.keep("demo", [an_answer("1", minutes=6)])
    assert [(c.outcome, c.many) for c in answers.count("demo", VIEW)] == [("accepted", 1)]


def test_a_clinic_counts_its_own_and_the_operator_all(answers):
    answers.keep("demo", [an_answer("1")])
    answers.keep("other", [an_answer("1")])
    count = CountAnswers(answers, ["third"])
    assert set(count(VIEW, a_caller())) == {"demo"}
    assert set(count(VIEW, a_caller(tenant=""))) == {"demo", "other", "third"}
