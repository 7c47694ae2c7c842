"""Whatever is sent, the service on PostgreSQL answers as it does on SQLite (decision 14).

A part of what there is to send in every run; all of it with `make faults`.
"""

import http.client
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from service.web.json_door import MAX_BYTES
from tests.faults.form import FULL
from tests.journeys.bad_inputs import Sent, everything
from tests.journeys.other_doors import NEW_PLAN, Asked, every_nth
from tests.live import Live, live_service

pytestmark = [pytest.mark.slow, pytest.mark.real]

SEED = 20261126
STEP = 1 if FULL else 25  # of the main job's inputs
NAUGHTY_STEP = 4 if FULL else 60
TOO_LARGE = 413
SAME = ("Content-Type", "Location", "ETag", "Allow", "Idempotency-Replayed", "Retry-After")
# What differs because it is drawn or told by a clock: ids, trace ids, hashes of bytes with ids
# in them, moments, and links between pages, which are sealed.
OWN = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rb"|\b[0-9a-f]{32,64}\b"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
    rb"|_page=[\w.~-]+|\b\d\d:\d\d\b"
)


@dataclass
class Client:
    """One service, spoken to over one connection, in order."""

    live: Live
    tokens: dict[str, str] = field(default_factory=dict)
    plan: str = ""

    def __post_init__(self) -> None:
        self.tokens = {role: self.live.token(role) for role in ("system", "clinician")}
        self._connection = http.client.HTTPConnection(urlsplit(self.live.url).netloc, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def ask(self, asked: Asked) -> tuple:
        """What is answered, but for what every service draws by itself."""
        own = {"Host": "127.0.0.1:8080", "Authorization": f"Bearer {self.tokens[asked.role]}"}
        headers = own | asked.headers
        path = asked.path.replace("{plan}", self.plan)
        try:
            self._connection.request(asked.method, path, asked.body or None, headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            # Too large a body is not read to its end, so its sender may meet a reset.
            return (TOO_LARGE,) if len(asked.body) > MAX_BYTES else ("no answer",)
        if len(asked.body) > MAX_BYTES:
            self._connection.close()
            return (answer.status,)
        if asked.origin == NEW_PLAN:
            self.plan = json.loads(body)["id"]
        told = [(name, plain((answer.headers.get(name) or "").encode())) for name in SAME]
        return answer.status, told, plain(body)


def plain(content: bytes) -> bytes:
    return OWN.sub(b"*", content)


def of_the_main_job(step: int) -> Iterator[Asked]:
    """Every n-th input, and all that ever broke the service, which comes first."""
    for number, sent in enumerate(everything(SEED)):
        if number % step == 0 or number < 4:
            yield _asked(sent)


def _asked(sent: Sent) -> Asked:
    headers = {"Content-Type": sent.kind} | sent.headers
    path = f"/api/v1/encounters{sent.query}"
    return Asked(sent.origin, path, "POST", "system", sent.body, headers)


@pytest.fixture(scope="module")
def both(tmp_path_factory, postgres):
    folder = tmp_path_factory.mktemp("both")
    settings = {"EDUPLAN_BASE_URL": "http://127.0.0.1:8080"}
    url = postgres.make("both", "migrated")
    with (
        live_service(folder / "sqlite", **settings) as one,
        live_service(folder / "postgresql", EDUPLAN_DATABASE_URL=url, **settings) as other,
    ):
        clients = Client(one), Client(other)
        yield clients
        for client in clients:
            client.close()
    postgres.drop("both")


def differences(both, inputs: Iterable[Asked]) -> tuple[Counter, list[str]]:
    """How often each status was answered, and which inputs were answered differently."""
    statuses: Counter = Counter()
    found = []
    with ThreadPoolExecutor(2) as threads:
        for asked in inputs:
            one, other = threads.map(lambda client, asked=asked: client.ask(asked), both)
            statuses[one[0]] += 1
            if one != other:
                found.append(f"{asked.origin}: {asked.path}\n  {one}\n  {other}"[:1_500])
            elif one[0] == "no answer" or one[0] >= 500:
                found.append(f"{asked.origin}: {asked.path}: {one[0]} on both")
    return statuses, found


def shown(found: list[str]) -> str:
    origins = "\n".join(each.partition("\n")[0] for each in found)
    return f"{len(found)}:\n{origins}\nthe first:\n" + "\n".join(found[:3])


def told(capsys, what: str, statuses: Counter) -> None:
    with capsys.disabled():
        many = sum(statuses.values())
        print(f"\n{many} {what}: {dict(sorted(statuses.items(), key=str))}")  # noqa: T201


def test_every_other_door_answers_every_text_alike(both, capsys):
    statuses, found = differences(both, every_nth(NAUGHTY_STEP))
    told(capsys, "requests to the other doors on both databases", statuses)
    assert not found, shown(found)
    assert statuses[200] > 20
    assert len(statuses) > 4


def test_the_main_job_answers_every_input_alike(both, capsys):
    statuses, found = differences(both, of_the_main_job(STEP))
    told(capsys, "inputs to the main job on both databases", statuses)
    assert not found, shown(found)
    assert statuses[201] > 20
    assert len(statuses) > 4
