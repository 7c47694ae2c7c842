"""Kill whoever notes or follows what the record told of: nothing is lost, nothing is twice."""

from pathlib import Path

import pytest

from tests.ehr.visits import visits
from tests.faults.strace import Program, spread
from tests.faults.test_crashes import (
    ERRORS,
    KILLS,
    MANY,
    ON_THE_WAY,
    POINTS,
    Place,
    acknowledged,
    careplans,
    fresh,
    in_the_record,
    prepared,  # noqa: F401  # the fixture
    record_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]
FEWER = max(2, POINTS // 2)  # the store is the same as that of the main job


def hook(place: Place) -> Program:
    words = ("tests.faults.tell_encounters", str(place.var), str(MANY))
    return Program(words, place.environment)


def noted(place: Place) -> set[str]:
    return {row[0] for row in place.rows("SELECT encounter FROM inbox")}


@pytest.mark.parametrize(("call", "what"), KILLS + ERRORS, ids=" ".join)
def test_what_the_hook_acknowledged_survives_a_fault(prepared, tmp_path, call, what):  # noqa: F811
    counted = hook(fresh(prepared, tmp_path / "var")).count(tmp_path, call)[call]
    hits = 0
    for number in spread(counted, FEWER):
        place = fresh(prepared, tmp_path / "var")
        done = hook(place).injected(call, what, number)
        hits += done.returncode != 0 or "503" in done.stdout
        assert acknowledged(done) <= noted(place), f"lost at {call} {number}"
        place.is_sound()
        again = hook(place).run()
        assert len(acknowledged(again)) == len(noted(place)) == MANY
    assert hits or counted == 0, "no fault was met"


@pytest.mark.parametrize("call", ON_THE_WAY)
def test_a_killed_worker_follows_everything_once(prepared, tmp_path, call):  # noqa: F811
    with record_of(tmp_path / "record") as (url, client):
        place = told(prepared, tmp_path, url, client)
        counted = place.worker().count(tmp_path, call)[call]
    killed = 0
    for number in spread(counted, FEWER):
        with record_of(tmp_path / "record") as (url, client):
            place = told(prepared, tmp_path, url, client)
            killed += place.worker().injected(call, "signal=KILL", number).returncode != 0
            place.is_sound()
            for table in ("inbox", "outbox"):  # as if a minute had passed
                place.change(f"UPDATE {table} SET until = 0, due = 0")
            done = place.worker().run()
            assert done.returncode == 0, done.stderr
            assert noted(place) == set(), f"forgotten after {call} {number}"
            assert place.rows("SELECT count(*), count(DISTINCT encounter) FROM visit") == [
                (MANY, MANY)
            ]
            assert place.rows("SELECT DISTINCT state FROM delivery") == [("delivered",)]
            there = in_the_record(client)
            assert len(there) == len(set(there)), f"twice after {call} {number}"
            assert len([each for each in there if each in careplans(place)]) == MANY
    assert killed, "nobody was killed"


def told(prepared: Path, tmp_path: Path, url: str, client) -> Place:  # noqa: F811
    """A place whose record told of visits that it holds."""
    place = fresh(prepared, tmp_path / "var", url)
    for resource in visits(*range(MANY)):
        path = f"/{resource['resourceType']}/{resource['id']}"
        assert client.put(path, json=resource).status_code == 201
    assert len(acknowledged(hook(place).run())) == MANY
    return place
