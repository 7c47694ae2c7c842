"""Nothing that is posted breaks the service, slows it down, or is half stored."""

import http.client
import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest

from service.web.json_door import MAX_BYTES
from tests.journeys.bad_inputs import Sent, everything
from tests.live import ROOT, Live, live_service

SEED = 20261123
THREADS = 4
CHUNK = 1_000
MAX_SECONDS = 2.0
NEVER_SAID = (b"Traceback", b"sqlite", str(ROOT).encode(), b"site-packages", b'.py"', b"line 1, in")
PROBLEM = ("code", "detail", "how_to_fix", "trace_id")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float


@dataclass
class Tally:
    """What came of all the inputs so far."""

    statuses: Counter = field(default_factory=Counter)
    created: int = 0
    slowest: float = 0.0
    slowest_of: str = ""
    faults: list[str] = field(default_factory=list)

    def add(self, sent: Sent, answer: Answer | str) -> None:
        faults = [answer] if isinstance(answer, str) else list(faults_of(answer))
        # A body over the limit is not read to its end, so the connection may be reset.
        if isinstance(answer, str) and len(sent.body) > MAX_BYTES:
            self.statuses["reset"] += 1
            return
        self.faults += [f"{sent.origin}: {fault}; sent {sent.body[:300]!r}" for fault in faults]
        if isinstance(answer, Answer):
            self.statuses[answer.status] += 1
            self.created += answer.status == 201 and "Idempotency-Replayed" not in answer.headers
            if answer.seconds > self.slowest:
                self.slowest, self.slowest_of = answer.seconds, sent.origin


class Client(threading.local):
    """A keep-alive connection for each thread."""

    def __init__(self, live: Live, token: str, closing_time: ExitStack) -> None:
        self._token = token
        self._connection = http.client.HTTPConnection(live.url.removeprefix("http://"), timeout=30)
        closing_time.callback(self._connection.close)

    def send(self, sent: Sent) -> Answer | str:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": sent.kind}
        began = time.perf_counter()
        try:
            self._connection.request(
                "POST", f"/api/v1/encounters{sent.query}", sent.body, headers | sent.headers
            )
            response = self._connection.getresponse()
            body = response.read()
            if len(sent.body) > MAX_BYTES:
                # Read to its end by nobody, so the next request on it may meet a reset.
                self._connection.close()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()  # the next request opens a new one
            return f"no answer, {error!r}"
        return Answer(response.status, response.headers, body, time.perf_counter() - began)


def faults_of(answer: Answer) -> Iterator[str]:
    """Say what is wrong with an answer, whatever was asked."""
    if answer.status >= 500:
        yield f"status {answer.status}"
    for words in NEVER_SAID:
        if words in answer.body:
            yield f"the answer says {words!r}"
    if 400 <= answer.status < 500:
        if answer.headers.get_content_type() != "application/problem+json":
            yield f"{answer.status} as {answer.headers.get_content_type()}"
        elif missing := [name for name in PROBLEM if not json.loads(answer.body).get(name)]:
            yield f"{answer.status} without {missing}"


def stored_faults(database: Path, tally: Tally) -> Iterator[str]:
    """Say what is half stored: every table must tell the same story as the answers.

    Nobody confirms here, so every revision of a plan is a visit and a change in the audit.
    """
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute
        plans = set(rows("SELECT id, revision FROM plan"))
        earlier = set(rows("SELECT plan_id, revision FROM plan_history"))
        queued = set(rows("SELECT plan_id, revision FROM outbox"))
        visits = set(rows("SELECT plan_id, count(*) FROM visit GROUP BY plan_id"))
        audited = list(
            rows(
                "SELECT entity, action FROM audit WHERE action != 'plan.same'"
                " AND action NOT LIKE 'refused.%' ORDER BY at, id"
            )
        )
        [(integrity,)] = rows("PRAGMA integrity_check")
    changes: Counter[str] = Counter()
    to_queue = set()
    for plan, action in audited:
        changes[plan] += 1
        if action != "plan.proposed":
            to_queue.add((plan, changes[plan]))
    expected = {
        "integrity": (integrity, "ok"),
        "the revisions before": (earlier, {(p, n) for p, last in plans for n in range(1, last)}),
        "the visits": (visits, plans),
        "the audit trail": (set(changes.items()), plans),
        "the outbox": (queued, to_queue),
        "the 201 answers": (tally.created, sum(a == "plan.created" for _, a in audited)),
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            yield f"stored: {what}: {str(found)[:200]} is not {str(wanted)[:200]}"


def in_chunks(sents: Iterable[Sent], size: int) -> Iterator[list[Sent]]:
    source = iter(sents)
    while chunk := list(islice(source, size)):
        yield chunk


@pytest.mark.slow
@pytest.mark.real
def test_nothing_posted_breaks_slows_or_half_fills_the_service(tmp_path, capsys):
    tally = Tally()
    with (
        live_service(tmp_path / "var") as live,
        ExitStack() as closing_time,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        client = Client(live, live.token("system"), closing_time)
        for chunk in in_chunks(everything(SEED), CHUNK):
            for sent, answer in zip(chunk, threads.map(client.send, chunk), strict=True):
                tally.add(sent, answer)
            tally.faults += stored_faults(live.database, tally)
        unexpected = [line for line in live.log.splitlines() if '"event":"unexpected"' in line]
    inputs = sum(tally.statuses.values())
    with capsys.disabled():
        print(  # noqa: T201  # the summary is wanted on every run
            f"\n{inputs} bad inputs: {dict(sorted(tally.statuses.items(), key=str))}, "
            f"slowest {tally.slowest:.3f} s ({tally.slowest_of})"
        )
    shown = "\n".join(tally.faults[:20])
    assert not tally.faults, f"seed {SEED}, {len(tally.faults)} faults, the first:\n{shown}"
    assert not unexpected, f"seed {SEED}: {unexpected[:5]}"
    assert tally.slowest < MAX_SECONDS, f"seed {SEED}: {tally.slowest_of}"
    assert tally.statuses[201] > 100, "too few good ones among them to prove anything"
    assert inputs > 20_000
