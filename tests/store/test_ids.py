"""Ids are UUIDs of version 7, in the order of time."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from service.randomness import drawn
from service.store.ids import new_id


def test_an_id_is_a_uuid_of_version_7_that_holds_the_time():
    before = time.time_ns() // 1_000_000
    found = UUID(new_id())
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert before <= found.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_made_one_after_the_other_stand_in_that_order_and_never_twice():
    made = []
    for _ in range(2_000):
        made.append(new_id())
        began = time.time_ns()
        while time.time_ns() - began < 500:  # a row takes longer than that
            pass
    assert made == sorted(set(made))


def test_what_is_drawn_is_nobody_elses_in_any_thread():
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: drawn(), range(20_000)))
    assert {len(each) for each in given} == {16}
    assert len(set(given)) == len(given)


def test_a_forked_process_draws_its_own():
    """A worker is forked from a process that has drawn ahead already."""
    drawn()
    with multiprocessing.get_context("fork").Pool(2) as workers:
        theirs = workers.map(_draw, range(2), chunksize=1)
    given = [*_draw(0), *theirs[0], *theirs[1]]
    assert len(set(given)) == len(given) == 900


def _draw(_worker: int) -> list[bytes]:
    return [drawn() for _ in range(300)]
