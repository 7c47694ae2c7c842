"""`check-ehr`: the table that an operator reads, and how the command ends."""

import re

import pytest
from click.testing import CliRunner

from service.cli import main
from service.stand_in.rest import create_stand_in
from service.stand_in.shelf import Abilities
from tests.ehr.faults import Faulty, serving

ROW = re.compile(r"^(ok|warn|FAIL) +(connection|[a-z-]+(?: [a-z]+)?)  +\S", re.MULTILINE)


@pytest.fixture
def record(tmp_path):
    """A record on loopback, and its address."""
    faulty = Faulty(create_stand_in(tmp_path / "record.sqlite", Abilities()))
    with serving(faulty) as url:
        yield faulty, url


def run(*words: str):
    return CliRunner().invoke(main, ["check-ehr", *words])


def test_a_good_record_gets_a_table_of_well_rows_and_keeps_nothing(record):
    faulty, url = record
    done = run(url)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == url
    rows = ROW.findall(done.stdout)
    assert {verdict for verdict, _ in rows} == {"ok"}
    told = ["connection", "login", "abilities", "scopes", "hook"]
    told += ["write", "read-back", "update", "write again", "clean-up"]
    assert [name for _, name in rows] == told
    assert faulty.app.test_client().get("/DocumentReference").get_json()["total"] == 0


def test_a_record_that_refuses_gets_a_row_that_says_what_to_do_and_a_failure(record):
    faulty, url = record
    faulty.writes[:] = ["403"] * 20
    done = run(url)
    assert done.exit_code == 1
    assert "\nFAIL  write " in done.stdout
    assert "\n                   -> " in done.stdout
    assert done.stderr == "education-plan: plans cannot be brought to this record as it is\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name a record"),
        (("fhir.example",), "fhir.example is no address"),
        (("http://127.0.0.1:9", "--client-id", "x"), "both --client-id and --key-file"),
        (("--tenant", "nowhere"), "there is no clinic nowhere with a record"),
    ],
)
def test_what_cannot_be_tried_is_told_in_one_line(words, told):
    done = run(*words)
    assert done.exit_code == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
