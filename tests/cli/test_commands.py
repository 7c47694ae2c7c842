"""The command `education-plan`: help for everything, one clear line when it fails."""

import sqlite3
import time
from contextlib import closing

import jwt
import pytest
from click.testing import CliRunner

from service import __version__
from service.cli import main
from service.monitoring.heartbeat import Heartbeat
from tests.commands import clean_environment, run_command


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("EDUPLAN_VAR_DIR", str(tmp_path / "var"))

    def command(*words, **settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"EDUPLAN_{name}", str(value))
        return CliRunner().invoke(main, words)

    return command


def commands(group=main, path=()):
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help(run, path):
    answer = run(*path, "--help")
    assert answer.exit_code == 0
    assert answer.output.startswith("Usage:")


def test_version_is_the_packages(run):
    assert run("version").output == f"{__version__}\n"


def test_a_token_stands_alone_on_stdout(run):
    answer = run("token", "--role", "clinician")
    assert answer.exit_code == 0
    assert len(answer.stdout.split(".")) == 3
    assert answer.stdout.count("\n") == 1


def fails_in_one_line(answer):
    assert answer.exit_code == 1
    assert answer.stderr.startswith("education-plan: ")
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.output
    return answer.stderr


def test_there_are_no_demo_tokens_in_production(run, tmp_path):
    clinics = tmp_path / "clinics.yaml"
    clinics.write_text("clinic-a: {}")
    production = {"MODE": "production", "BASE_URL": "https://x.example", "TENANTS": clinics}
    assert "demo mode only" in fails_in_one_line(run("token", **production))


def test_a_call_of_a_hook_service_is_signed_for_its_address(run):
    token = run("token", "--role", "cds", "--service", "education-plan-patient-view").stdout
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert claims["aud"].endswith("/cds-services/education-plan-patient-view")
    assert "--service" in fails_in_one_line(run("token", "--role", "cds"))


def test_a_patients_token_needs_the_patient(run):
    assert "--patient" in fails_in_one_line(run("token", "--role", "patient"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "clinic.example"])
def test_demo_mode_serves_on_loopback_only(run, host):
    assert "loopback only" in fails_in_one_line(run("serve", "--host", host))


def test_a_wrong_setting_is_told_in_one_line(run):
    assert "EDUPLAN_MODE" in fails_in_one_line(run("migrate", MODE="best"))


def test_migrating_twice_is_harmless(run):
    first, second = run("migrate"), run("migrate")
    assert first.exit_code == second.exit_code == 0
    assert first.output == second.output


NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none?connect_timeout=2"


@pytest.mark.parametrize(
    "words",
    [
        ("migrate",),
        ("serve", "--port", "0"),
        ("work", "--until-empty"),
        ("deliveries", "list"),
        ("deliveries", "replay", "--tenant", "demo"),
        ("sample",),
        ("copy-database", "sqlite:////nowhere/x.sqlite"),
    ],
    ids=" ".join,
)
def test_a_database_that_is_away_is_told_in_one_line_without_its_password(tmp_path, words):
    # In a process of its own: a command that starts others must pass on what they say.
    environment = clean_environment(VAR_DIR=str(tmp_path), DATABASE_URL=NOWHERE)
    done = run_command(*words, environment=environment, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("education-plan: the database ")
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stdout + done.stderr


def test_a_copy_tells_each_table_and_goes_nowhere_twice(run, tmp_path):
    run("migrate")
    target = f"sqlite:///{tmp_path}/copy.sqlite"
    done = run("copy-database", target)
    assert done.exit_code == 0, done.output
    assert "plan_history" in done.stdout
    assert done.stdout.endswith("Copied.\n")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as connection, connection:
        connection.execute("INSERT INTO visit VALUES ('demo', 'Encounter/1', 'p', 'x')")
    assert "not empty" in fails_in_one_line(run("copy-database", target))
    assert "must begin with" in fails_in_one_line(run("copy-database", "mysql://x"))


def test_a_database_of_a_newer_release_is_told_and_left_alone(run, tmp_path):
    run("migrate")
    file = tmp_path / "var" / "education-plan.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("migrate",), ("work", "--until-empty"), ("copy-database", "sqlite:///x")):
        assert fails_in_one_line(run(*words))
    assert "9999" in fails_in_one_line(run("migrate"))


def test_a_new_pack_is_good_and_is_never_written_over(run, tmp_path):
    made = run("content", "new", "knee", "--title", "Knæ", "--into", str(tmp_path))
    assert made.exit_code == 0
    assert "knee: good" in run("content", "check", str(tmp_path / "knee")).output
    again = run("content", "new", "knee", "--title", "Knæ", "--into", str(tmp_path))
    assert "exists already" in fails_in_one_line(again)


def test_a_broken_pack_is_told_with_file_and_line(run, tmp_path):
    run("content", "new", "knee", "--title", "Knæ", "--into", str(tmp_path))
    topic = tmp_path / "knee" / "da" / "at-home.md"
    topic.write_text(topic.read_text().replace("{#read-again full pixi do}", "{#read-again}"))
    answer = run("content", "check", str(tmp_path / "knee"))
    assert answer.exit_code == 1
    assert "da/at-home.md:" in answer.stdout


def test_a_hook_with_a_short_secret_stops_the_start(run, tmp_path):
    secret, clinics = tmp_path / "secret", tmp_path / "clinics.yaml"
    secret.write_text("too short")
    clinics.write_text(f"demo: {{hook: {{secret_file: {secret}}}}}")
    told = fails_in_one_line(run("serve", TENANTS=clinics))
    assert "secret_file" in told
    assert "too short" not in told


def test_a_worker_that_lives_is_told_from_one_that_is_silent(run, tmp_path):
    assert "no worker has begun" in fails_in_one_line(run("check-worker"))
    Heartbeat(tmp_path / "var").beat()
    assert run("check-worker").output == "alive\n"
    Heartbeat(tmp_path / "var", lambda: time.time() - 90).beat()
    assert "no sign for 90 seconds" in fails_in_one_line(run("check-worker"))


def test_a_backup_is_named_by_its_hash_and_can_be_tried_and_restored(run, tmp_path):
    run("migrate")
    taken = run("backup", str(tmp_path / "a.tar"))
    sha256, _, path = taken.stdout.strip().partition("  ")
    assert (len(sha256), path) == (64, str(tmp_path / "a.tar"))
    tried = run("restore", path, "--check", "--sha256", sha256)
    assert tried.stdout.startswith("Good: taken ")
    done = run("restore", path, "--sha256", sha256)
    assert done.exit_code == 0
    assert "Restored what was taken" in done.stdout
    assert "before-restore" in done.stdout
    assert "in use" not in run("migrate").output


def test_a_folder_of_backups_keeps_the_newest(run, tmp_path):
    run("migrate")
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"education-plan-2026010{day}T030000Z.tar").write_text("old")
    (folder / "of-somebody-else.tar").write_text("kept")
    done = run("backup", "--into", str(folder), "--keep", "2")
    assert done.exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names[:1] == ["education-plan-20260103T030000Z.tar"]
    assert names[2:] == ["of-somebody-else.tar"]
    assert done.stderr.count("removed ") == 2


def test_without_a_place_it_lies_with_the_data(run, tmp_path):
    run("migrate")
    run("backup")
    assert len(list((tmp_path / "var" / "backups").glob("education-plan-*.tar"))) == 1


@pytest.mark.parametrize(
    "words", [("a.tar", "--into", "b"), ("a.tar", "--keep", "3")], ids=["both", "keep of a file"]
)
def test_a_backup_goes_to_one_place(run, words):
    run("migrate")
    assert "--into" in fails_in_one_line(run("backup", *words))


def test_what_hinders_a_backup_or_a_restore_is_told_in_one_line(run, tmp_path):
    assert "there is no database" in fails_in_one_line(run("backup", str(tmp_path / "a.tar")))
    assert "No such file" in fails_in_one_line(run("restore", str(tmp_path / "b.tar")))
    (tmp_path / "c.tar").write_text("no archive")
    assert "archive" in fails_in_one_line(run("restore", str(tmp_path / "c.tar")))
