"""Load on loopback: a few keep-alive connections, a fixed number of requests, then it stops."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One burst: requests a second, and the seconds that each request took, sorted."""

    per_second: float
    latencies: tuple[float, ...]

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def burst(
    port: int,
    path: str | Callable[[], str],
    headers: dict[str, str] | Callable[[], dict[str, str]],
    body: Callable[[], bytes] | None,
    *,
    requests: int,
    clients: int = 8,
    expect: int = 200,
) -> Measured:
    """Send the requests from `clients` connections and return how it went.

    With a body they are POSTs, without one GETs.

    Raises:
        RuntimeError: an answer had another status than the one expected.
    """
    latencies: list[float] = []
    wrong: list[int] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(requests // clients):
            content = body() if body else None
            address = path if isinstance(path, str) else path()
            given = headers if isinstance(headers, dict) else headers()
            began = time.perf_counter()
            connection.request("POST" if content else "GET", address, content, given)
            answer = connection.getresponse()
            answer.read()
            latencies.append(time.perf_counter() - began)
            if answer.status != expect:
                wrong.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were not {expect}, the first {wrong[0]}")
    return Measured(len(latencies) / (time.perf_counter() - began), tuple(sorted(latencies)))
