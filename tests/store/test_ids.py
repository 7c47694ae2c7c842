"""Ids are UUIDs of version 7, in the order of time."""

import time
from uuid import UUID

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
