"""Kill whoever notes or follows what the record told of: nothing is lost, nothing is twice."""

from pathlib import Path

import pytest

from tests.ehr.visits import visits
from tests.faults.form import FEWER
from tests.faults.strace import Program, spread
from tests.faults.strace import told as tell_of
from tests.faults.test_crashes import (
    ERRORS,
    KILLS,
    MANY,
    ON_THE_WAY,
    Place,
    acknowledged,
    careplans,
    fresh,
    in_the_record,
    prepared,  # noqa: F401  # the fixture
    record_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]


def hook(place: Place) -> Program:
    words = ("tests.faults.tell_encounters", str(place.var), str(MANY))
    return Program(words, place.environment)


def noted(place: Place) -> set[str]:
    return {row[0] for row in place.rows("SELECT encounter FROM inbox")}


@pytest.mark.parametrize(("call", "what"), KILLS + ERRORS, ids=map(" ".join, KILLS + ERRORS))
def test_what_the_hook_acknowledged_survives_a_fault(
    prepared,  # noqa: F811
    tmp_path,
    capsys,
    call,
    what,
):
    counted = hook(fresh(prepared, tmp_path / "var")).count(tmp_path, call)[call]
    hits, numbers = 0, spread(counted, FEWER)
    for number in numbers:
        place = fresh(prepared, tmp_path / "var")
        done = hook(place).injected(call, what, number)
        hits += done.returncode != 0 or "503" in done.stdout
        assert acknowledged(done) <= noted(place), f"lost at {call} {number}"
        place.is_sound()
        again = hook(place).run()
        assert len(acknowledged(again)) == len(noted(place)) == MANY
    tell_of(capsys, f"the hook, {call} {what}", len(numbers), hits)
    assert hits or counted == 0, "no fault was met"


@pytest.mark.parametrize("call", ON_THE_WAY)
def test_a_killed_worker_follows_everything_once(prepared, tmp_path, capsys, call):  # noqa: F811
    with record_of(tmp_path / "record") as (url, client):
        place = told(prepared, tmp_path, url, client)
        counted = place.worker().count(tmp_path, call)[call]
    killed, numbers = 0, spread(counted, FEWER)
    for number in numbers:
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
    tell_of(capsys, f"the worker that fetches, {call} signal=KILL", len(numbers), killed)
    assert killed, "nobody was killed"


def told(prepared: Path, tmp_path: Path, url: str, client) -> Place:  # noqa: F811
    """A place whose record told of visits that it holds."""
    place = fresh(prepared, tmp_path / "var", url)
    for resource in visits(*range(MANY)):
        path = f"/{resource['resourceType']}/{resource['id']}"
        assert client.put(path, json=resource).status_code == 201
    assert len(acknowledged(hook(place).run())) == MANY
    return place
