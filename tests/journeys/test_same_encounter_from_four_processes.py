"""One encounter from many senders at the same moment makes one plan (F20)."""

import hashlib
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
import requests

from service.app import build_parts
from service.config.settings import read_settings
from service.store.opening import open_engine
from service.usecases.make_plan import Made, Wish
from tests.builders import a_caller, an_encounter
from tests.conftest import FHIR
from tests.posted import a_visit

pytestmark = pytest.mark.slow

PROCESSES = 4
SAME_ROUNDS = 1_000
NEXT_ROUNDS = 100
HTTP_THREADS = 8
HTTP_ROUNDS = 50
PATIENCE = 60


def same_encounter(number: int, _process: int) -> dict:
    return {"patient": f"Patient/p{number}", "reference": f"Encounter/e{number}"}


def next_encounter(number: int, process: int) -> dict:
    return {"patient": f"Patient/p{number}", "reference": f"Encounter/e{number}-{process}"}


@dataclass(frozen=True)
class Answered:
    """What one process was told in one round."""

    happened: str
    plan: str = ""
    revision: int = 0
    visits: tuple[str, ...] = ()
    digest: str = ""


def post_in_step(environment, rounds, encounter_of, process, barrier, results) -> None:
    """One process: in every round post when all are ready; hand back what happened."""
    make_plan = build_parts(read_settings(environment)).make_plan
    told = []
    for number in range(rounds):
        encounter = an_encounter(**encounter_of(number, process))
        barrier.wait(PATIENCE)
        try:
            made = make_plan(encounter, Wish(), a_caller())
            told.append(answered(made))
        except Exception as error:  # noqa: BLE001  # the test judges whatever happened
            told.append(Answered(type(error).__name__))
    results.put(told)


def answered(made: Made) -> Answered:
    plan = made.stored.plan
    visits = tuple(visit.encounter for visit in plan.visits)
    digest = hashlib.sha256(made.stored.bundle).hexdigest()
    return Answered(str(made.happened), plan.id, plan.revision, visits, digest)


def post_from_processes(environment, rounds: int, encounter_of: Callable) -> list[tuple]:
    """Return, round by round, what each of the processes was answered."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    started = [
        context.Process(
            target=post_in_step, args=(environment, rounds, encounter_of, process, barrier, results)
        )
        for process in range(PROCESSES)
    ]
    for process in started:
        process.start()
    answers = [results.get(timeout=PATIENCE + rounds) for _ in started]
    for process in started:
        process.join(PATIENCE)
    return list(zip(*answers, strict=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request) -> Path | str:
    """An empty database of either kind."""
    on_postgres = request.param == "postgresql"
    return request.getfixturevalue("postgres_url" if on_postgres else "database")


@pytest.fixture
def environment(tmp_path, where) -> dict[str, str]:
    """The settings of a service with the content of the tree and a new database."""
    url = f"sqlite:///{where}" if isinstance(where, Path) else where
    environment = {"EDUPLAN_VAR_DIR": str(tmp_path), "EDUPLAN_DATABASE_URL": url}
    build_parts(read_settings(environment))  # prepares the content once, before the processes do
    return environment


@pytest.fixture
def count(where):
    """Count what a table holds."""
    engine = open_engine(where)

    def counted(what: str) -> int:
        with engine.reading() as connection:
            return connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]

    yield counted
    engine.close()


def test_one_new_encounter_from_four_processes_is_created_once(environment, count, where, capsys):
    rounds = post_from_processes(environment, SAME_ROUNDS, same_encounter)
    expected = Counter(created=1, same=PROCESSES - 1)
    for number, answers in enumerate(rounds):
        assert Counter(answer.happened for answer in answers) == expected, number
        assert len({(answer.plan, answer.digest) for answer in answers}) == 1, number
    for table in ("plan", "visit", "outbox"):
        assert count(table) == SAME_ROUNDS
    assert count("plan_history") == 0
    assert count("audit") == SAME_ROUNDS * PROCESSES
    assert count("(SELECT DISTINCT patient FROM plan) AS patients") == SAME_ROUNDS
    kind = "SQLite" if isinstance(where, Path) else "PostgreSQL"
    with capsys.disabled():
        print(  # noqa: T201  # a figure, wanted on every run
            f"\n{PROCESSES} processes, {SAME_ROUNDS} rounds of the same encounter on {kind}: "
            f"{count('plan')} plans"
        )


def test_new_encounters_of_one_patient_from_four_processes_are_one_course(environment, count):
    rounds = post_from_processes(environment, NEXT_ROUNDS, next_encounter)
    expected = Counter(created=1, continued=PROCESSES - 1)
    for number, answers in enumerate(rounds):
        assert Counter(answer.happened for answer in answers) == expected, number
        assert len({answer.plan for answer in answers}) == 1, number
        last = max(answers, key=lambda answer: answer.revision)
        posted = [f"Encounter/e{number}-{process}" for process in range(PROCESSES)]
        assert sorted(last.visits) == posted
        assert last.revision == PROCESSES
    assert count("plan WHERE closed = 0") == count("plan") == NEXT_ROUNDS
    for table in ("visit", "outbox", "audit"):
        assert count(table) == NEXT_ROUNDS * PROCESSES
    assert count("plan_history") == NEXT_ROUNDS * (PROCESSES - 1)


def test_one_new_encounter_over_http_is_answered_201_exactly_once(live, system_token):
    barrier = threading.Barrier(HTTP_THREADS)
    headers = {"Authorization": f"Bearer {system_token}", "Content-Type": FHIR}

    def post_every_round(_thread: int) -> list[tuple[int, bytes]]:
        answers = []
        with requests.Session() as session:
            for number in range(HTTP_ROUNDS):
                body = orjson.dumps(a_visit(f"race-p{number}", f"race-e{number}"))
                barrier.wait(PATIENCE)
                answer = session.post(
                    f"{live.url}/api/v1/encounters", data=body, headers=headers, timeout=30
                )
                answers.append((answer.status_code, answer.content))
        return answers

    with ThreadPoolExecutor(HTTP_THREADS) as threads:
        by_thread = list(threads.map(post_every_round, range(HTTP_THREADS)))
    for number, answers in enumerate(zip(*by_thread, strict=True)):
        statuses = Counter(status for status, _ in answers)
        assert statuses == Counter({201: 1, 200: HTTP_THREADS - 1}), number
        assert len({content for _, content in answers}) == 1, number
