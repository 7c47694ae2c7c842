"""Clinicians and records that go on whatever happens: what is not acknowledged is sent again."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import requests

from tests.live import Live
from tests.posted import a_visit

FHIR_IN_JSON_OUT = {"Content-Type": "application/fhir+json", "Accept": "application/json"}
PATIENCE = 60  # seconds for one acknowledgement


@dataclass
class Load:
    """Courses of several revisions, posted by several at once to one or more replicas.

    A course is a first visit, then goals. `told` is what was acknowledged: of each plan its
    revisions; `moments` is when, `failures` what was answered otherwise.
    """

    replicas: Sequence[Live]
    goals: int = 3
    told: dict[str, list[int]] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)
    _next: int = 0

    def start(self, clients: int = 4) -> None:
        self._tokens = {role: self.replicas[0].token(role) for role in ("system", "clinician")}
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish their course."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE * 5)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def acknowledged(self) -> int:
        return len(self.moments)

    def longest_stall(self) -> float:
        """The longest time without any acknowledgement, seconds."""
        moments = sorted(self.moments)
        return max(later - earlier for earlier, later in pairwise(moments))

    def first_after(self, moment: float) -> float:
        """How long after this moment somebody was acknowledged again, seconds."""
        return min(each for each in self.moments if each > moment) - moment

    def _work(self, client: int) -> None:
        try:
            with requests.Session() as session:
                while not self._stop.is_set():
                    self._course(session, client)
        except Exception as fault:  # noqa: BLE001  # the test judges whatever happened
            self.faults.append(repr(fault))

    def _course(self, session: requests.Session, client: int) -> None:
        with self._turn:
            number = self._next = self._next + 1
        visit = a_visit(f"load-{number}", f"load-{number}")
        made = self._told(
            session, client, "system", "/api/v1/encounters", json=visit, headers=FHIR_IN_JSON_OUT
        )
        for goal in range(self.goals):
            path, body = f"/api/v1/plans/{made}/goals", {"text": f"mål {goal}"}
            self._told(session, client, "clinician", path, json=body, headers={})

    def _told(self, session: requests.Session, client: int, role: str, path: str, **more: Any):
        """Send until it is acknowledged, to whichever replica answers; the plan's id."""
        began = time.monotonic()
        own = {"Authorization": f"Bearer {self._tokens[role]}", "Accept": "application/json"}
        headers = own | more.pop("headers")
        tries = client
        while time.monotonic() - began < PATIENCE:
            url = self.replicas[tries % len(self.replicas)].url
            tries += 1
            try:
                answer = session.post(url + path, headers=headers, timeout=20, **more)
            except requests.RequestException as error:
                self._failed(type(error).__name__)
                continue
            if answer.status_code in (200, 201):
                return self._acknowledged(answer.json())
            self._failed(str(answer.status_code))
            assert answer.status_code >= 500, answer.text
        raise AssertionError(f"nobody acknowledged {path} in {PATIENCE} s")

    def _failed(self, what: str) -> None:
        self.failures.append(what)
        time.sleep(0.05)

    def _acknowledged(self, plan: dict[str, Any]) -> str:
        with self._turn:
            self.told.setdefault(plan["id"], []).append(plan["revision"])
            self.moments.append(time.monotonic())
        return plan["id"]
