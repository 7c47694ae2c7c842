"""A worker that lives leaves a sign, and one that ended in good order is not missed."""

import os
import socket

import pytest

from service.monitoring.heartbeat import EVERY, FOLDER, Heartbeat, beats


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_last_beat_is_when_it_was_told(tmp_path, clock):
    heartbeat = Heartbeat(tmp_path, clock)
    heartbeat.beat()
    clock.now += EVERY
    heartbeat.beat()
    assert beats(tmp_path) == [1_000_000.0 + EVERY]


def test_beats_that_follow_each_other_fast_do_not_write_each_time(tmp_path, clock):
    heartbeat = Heartbeat(tmp_path, clock)
    heartbeat.beat()
    clock.now += EVERY / 2
    heartbeat.beat()
    assert beats(tmp_path) == [1_000_000.0]


def test_a_worker_that_ends_takes_its_sign_away(tmp_path, clock):
    heartbeat = Heartbeat(tmp_path, clock)
    heartbeat.beat()
    heartbeat.end()
    assert beats(tmp_path) == []


def test_a_worker_that_was_killed_is_remembered_for_a_day(tmp_path, clock):
    killed = tmp_path / FOLDER / "other-1"
    killed.parent.mkdir()
    killed.touch()
    os.utime(killed, (clock.now, clock.now))
    clock.now += 86_000
    Heartbeat(tmp_path, clock).beat()
    assert beats(tmp_path) == [clock.now, 1_000_000.0]
    clock.now += 1_000
    Heartbeat(tmp_path, clock).beat()
    assert beats(tmp_path) == [clock.now]


def test_another_container_with_the_same_folder_is_told_apart(tmp_path, clock):
    other = tmp_path / FOLDER / "other-1"
    other.parent.mkdir()
    other.touch()
    assert beats(tmp_path, here=True) == []
    Heartbeat(tmp_path, clock).beat()
    assert beats(tmp_path, here=True) == [clock.now]


def test_a_folder_that_cannot_be_written_stops_no_work(tmp_path, clock):
    (tmp_path / FOLDER).write_text("a file in the way")
    Heartbeat(tmp_path, clock).beat()
    assert beats(tmp_path) == []


def test_systemd_is_told_that_it_is_ready_and_then_that_it_lives(tmp_path, clock, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        heartbeat = Heartbeat(tmp_path, clock)
        heartbeat.beat()
        clock.now += EVERY
        heartbeat.beat()
        assert [systemd.recv(100), systemd.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
