"""`check-ehr` tells the operator what a record is like, and what to do where it is not well."""

import json
from functools import partial

import pytest

from service.ehr.check import check_record
from service.ehr.record import OURS, FhirRecord, Wishes
from service.ehr.scopes import lacking
from service.ehr.trial import Verdict
from service.ehr.wire import Wire
from service.stand_in.shelf import TYPES, Abilities
from tests.ehr.faults import FAULTS, changed
from tests.ehr.test_login import a_login, gate, says

__all__ = ["gate"]

ROWS = (
    *("connection", "login", "abilities", "scopes", "hook"),
    *("write", "read-back", "update", "write again", "clean-up"),
)


@pytest.fixture
def site(site):
    """Waits as long as in earnest: a busy machine is slow, and here nothing else is."""
    return partial(site, whole=10.0)


def rows(clinic, **more):
    return {step.name: step for step in check_record(clinic.record, **more)}


def documents(clinic):
    return clinic.kept()["DocumentReference"]


RECORDS = {
    "all": Abilities(),
    "one by one": Abilities(transaction=False, batch=False),
    "documents only": Abilities(types=("DocumentReference",)),
    "at our ids": Abilities(update_create=True, unsearched=("DocumentReference",)),
}


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("patient", ["", "Patient/p1"])
def test_a_good_record_passes_every_row_and_keeps_nothing(site, kind, patient):
    clinic = site(RECORDS[kind])
    found = rows(clinic, patient=patient)
    assert tuple(found) == ROWS
    assert {step.verdict for step in found.values()} == {Verdict.OK}, found
    assert documents(clinic) == []


def test_the_document_says_that_it_is_a_test_and_of_whom_it_is(site):
    clinic, sent = site(), []

    def spy(app, environ, body, start):
        sent.append(json.loads(body))
        return FAULTS["well"](app, environ, body, start)

    clinic.faulty.writes[:] = [spy] * 20
    rows(clinic)
    assert {each["resourceType"] for each in sent} == {"DocumentReference"}
    assert all("test of education-plan" in each["description"] for each in sent)
    assert not [each for each in sent if "subject" in each]
    assert [each["status"] for each in sent][-1] == "entered-in-error"
    sent.clear()
    clinic.faulty.writes[:] = [spy] * 20
    rows(clinic, patient="Patient/test")
    assert {each["subject"]["reference"] for each in sent} == {"Patient/test"}


def test_the_abilities_tell_how_and_what_is_written(site):
    told = rows(site(Abilities(types=TYPES[:6], transaction=False)))["abilities"].seen
    assert told.startswith("single; takes CarePlan; not ServiceRequest")


def test_what_the_operator_leaves_out_counts_as_not_taken(site):
    clinic = site(leave_out=frozenset({"Provenance"}))
    assert rows(clinic)["abilities"].seen.endswith("not Provenance")


def test_a_record_without_documents_is_not_written_to_and_that_is_told(site):
    found = rows(site(Abilities(types=("Communication", "Patient"))))
    assert found["write"].verdict is Verdict.SKIP
    assert "deliveries list" in found["write"].mend
    assert all(step.is_good for step in found.values())


def test_a_record_that_takes_nothing_fails(site):
    found = rows(site(Abilities(types=("Patient",))))
    assert (found["abilities"].verdict, list(found)[-1]) == (Verdict.FAIL, "abilities")
    assert "identifier" in found["abilities"].mend


# What can only go wrong with an identity, a patient or a Bundle.
NOT_OF_A_STATEMENT = {"well", "wrong-patient", "wrong-identity", "one-failed", "fewer-entries"}


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - NOT_OF_A_STATEMENT))
def test_whatever_the_statement_is_instead_the_row_says_what_to_do(site, fault):
    clinic = site(whole=0.4)
    clinic.faulty.statements[:] = [fault] * 9
    found = rows(clinic)
    bad = [step for step in found.values() if not step.is_good]
    assert len(bad) == 1
    assert bad[0].name in ("connection", "abilities")
    assert bad[0].mend
    assert list(found)[-1] == bad[0].name


def test_what_the_record_says_of_it_in_words_is_shown_to_the_operator(site):
    clinic = site()
    clinic.faulty.writes[:] = ["422"]
    told = rows(clinic)["write"].seen
    assert told == "The record says that what was sent is wrong. It says: Fru Hansen"


def test_a_record_that_is_slow_is_told_as_slow(site):
    clinic = site(whole=0.3)
    clinic.faulty.statements[:] = ["slow"]
    step = rows(clinic)["connection"]
    assert "within" in step.seen
    assert "slow" in step.mend


def test_another_version_of_fhir_is_told(site):
    clinic = site()
    clinic.faulty.statements[:] = [changed(lambda told: told.update(fhirVersion="5.0.0"))]
    step = rows(clinic)["connection"]
    assert (step.verdict, step.seen) == (Verdict.FAIL, "it speaks FHIR 5.0.0")
    assert "R4" in step.mend


@pytest.mark.parametrize(
    ("script", "row"),
    [
        (["422"], "write"),
        (["403"], "write"),
        (["outcome"], "write"),
        (["html"], "write"),
        (["well", "422"], "update"),
        (["well", "ignored"], "update"),
    ],
    ids=str,
)
def test_after_a_write_that_fails_the_row_says_what_to_do_and_nothing_is_left(site, script, row):
    clinic = site()
    clinic.faulty.writes[:] = script
    found = rows(clinic)
    assert found[row].verdict is Verdict.FAIL
    assert found[row].mend
    assert list(found)[-1] == "clean-up"
    assert documents(clinic) == []


@pytest.mark.parametrize("fault", ["wrong-identity", "wrong-type", "wrong-patient", "404"])
def test_what_reads_back_otherwise_fails_and_is_removed(site, fault):
    clinic = site()
    clinic.faulty.reads[:] = [fault]
    found = rows(clinic, patient="Patient/p1")
    assert found["read-back"].verdict is Verdict.FAIL
    assert found["read-back"].mend
    assert documents(clinic) == []


def heedless(app, environ, body, start):
    environ.pop("HTTP_IF_MATCH", None)
    environ.pop("HTTP_IF_NONE_EXIST", None)
    return FAULTS["well"](app, environ, body, start)


def test_a_record_that_heeds_no_conditions_can_be_used_and_the_operator_knows(site):
    clinic = site()
    clinic.faulty.writes[:] = [heedless] * 20
    found = rows(clinic)
    assert found["update"].verdict is Verdict.WARN
    assert found["write again"].verdict is Verdict.WARN
    assert found["clean-up"].verdict is Verdict.OK
    assert all(step.is_good for step in found.values())
    assert documents(clinic) == []  # both of them


def test_what_cannot_be_removed_is_marked_as_an_error_and_named(site):
    clinic = site()

    def not_removed(app, environ, body, start):
        fault = "405" if environ["REQUEST_METHOD"] == "DELETE" else "well"
        return {"405": FAULTS["422"], "well": FAULTS["well"]}[fault](app, environ, body, start)

    clinic.faulty.writes[:] = [not_removed] * 20
    step = rows(clinic)["clean-up"]
    assert step.verdict is Verdict.WARN
    assert step.seen == "left there: DocumentReference/do1, marked as entered in error"
    assert documents(clinic)[0]["status"] == "entered-in-error"


# Behind a login.


def guarded(site, gate, login=None):
    clinic = site()
    gate.app = clinic.faulty
    clinic.record = FhirRecord(Wire(gate.url), login or a_login(gate))
    return clinic


def test_a_login_that_is_let_in_passes_with_the_scopes_it_got(site, gate):
    clinic = guarded(site, gate)
    found = rows(clinic)
    assert {step.verdict for step in found.values()} == {Verdict.OK}, found
    assert found["connection"].seen == "it answers, and tells nothing without a login"
    assert found["login"].seen == "with a token"
    assert found["scopes"].seen == "it does not say which it gave"


def test_without_a_login_the_operator_is_told_to_set_one_up(site, gate):
    clinic = guarded(site, gate)
    clinic.record = FhirRecord(Wire(gate.url))
    step = rows(clinic)["abilities"]
    assert step.verdict is Verdict.FAIL
    assert "--client-id" in step.mend


def test_a_login_that_is_refused_says_what_must_be_registered(site, gate):
    gate.said[:] = [says("400 Bad Request", {"error": "invalid_client"})] * 9
    step = rows(guarded(site, gate))["login"]
    assert step.verdict is Verdict.FAIL
    for word in ("public key", "scopes", "clock"):
        assert word in step.mend


def test_scopes_that_do_not_suffice_are_named(site, gate):
    told = {"access_token": "good", "scope": "system/*.read system/CarePlan.write"}
    gate.said[:] = [says("200 OK", told)] * 9
    gate.lets_in.add("good")
    step = rows(guarded(site, gate))["scopes"]
    assert step.verdict is Verdict.FAIL
    assert "system/Goal.cu" in step.mend
    assert "system/CarePlan" not in step.mend


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("system/*.cruds", []),
        ("system/*.*", []),
        ("system/*.read system/*.write", []),
        ("system/*.rs", ["system/Goal.cu"]),
        ("system/Goal.crus", []),
        ("system/Goal.cruds?category=x", []),
        ("patient/Goal.cruds openid", ["system/Goal.crus"]),
        ("system/CarePlan.cruds", ["system/Goal.crus"]),
    ],
)
def test_scopes_of_both_versions_are_understood(granted, missing):
    assert lacking(granted, ["Goal"]) == missing


def test_every_type_that_may_be_written_is_asked_about():
    assert len(lacking("", OURS)) == len(OURS)


def test_the_wishes_of_the_operator_hold_for_the_check_too(site):
    clinic = site()
    clinic.record.wishes = Wishes(leave_out=frozenset({"DocumentReference"}))
    assert rows(clinic)["write"].verdict is Verdict.SKIP
