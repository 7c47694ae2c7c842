"""The chain over the audit trail: every way of tampering is found out and named."""

from dataclasses import dataclass, field, replace

import pytest

from service.usecases.audit_chain import AuditRow, Seal, digest, erased, hidden, not_before, seal
from service.usecases.verify_audit import Fault, Verification, What

SECRETS = {"Patient/p1": b"1" * 32, "Patient/p2": b"2" * 32}
HOUR = 3_600_000  # milliseconds
BEGIN = 1_790_000_000_000


def entry_id(number: int, at: int = BEGIN) -> str:
    digits = f"{at + number:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-{number:012x}"


def row(number: int, **more) -> AuditRow:
    given = {"at": number, "action": "plan.read", "entity": f"plan-{number}", "role": "system"}
    given |= {"patient": "Patient/p1", "actor": "ehr", "id": entry_id(number)}
    return AuditRow(**given | more)


@dataclass
class Kept:
    """A trail of one clinic in memory, to be tampered with: rows by id, seals by number."""

    table: dict[str, AuditRow] = field(default_factory=dict)
    chain: dict[int, Seal] = field(default_factory=dict)

    def write(self, *rows: AuditRow) -> "Kept":
        self.table |= {each.id: each for each in rows}
        return self

    def sealed(self, *rows: AuditRow) -> "Kept":
        self.write(*rows)
        last = self.chain.get(len(self.chain))
        self.chain[len(self.chain) + 1] = seal(rows, last, 7, SECRETS)
        return self

    def rows(self):
        return iter(sorted(self.table.values()))

    def seals(self):
        return iter([self.chain[number] for number in sorted(self.chain)])

    def secrets(self, patients):
        return {name: SECRETS[name] for name in patients if name in SECRETS}

    def faults(self, heads=None) -> list[tuple[What, str | int]]:
        walk = Verification(self, heads or {})
        return [(fault.what, fault.entry or fault.seal) for fault in walk.faults()]


@pytest.fixture
def trail() -> Kept:
    """Nine rows in three seals, an hour apart, and one that is not sealed yet."""
    kept = Kept()
    for hour in range(3):
        begin = hour * HOUR
        kept.sealed(*(row(begin + number) for number in range(3)))
    return kept.write(row(3 * HOUR))


def test_a_trail_that_nobody_touched_is_whole(trail):
    walk = Verification(trail)
    assert list(walk.faults()) == []
    assert (walk.rows, walk.seals, walk.unsealed) == (9, 3, 1)
    assert walk.head == f"3:{trail.chain[3].sha256}"


CHANGES = {
    "at": 99,
    "action": "plan.closed",
    "entity": "plan-x",
    "patient": "Patient/p2",
    "role": "clinician",
    "actor": "somebody",
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("number", [0, HOUR + 1, 2 * HOUR + 2])
def test_a_row_that_was_changed_is_named(trail, column, number):
    name = entry_id(number)
    trail.table[name] = trail.table[name]._replace(**{column: CHANGES[column]})
    assert trail.faults() == [(What.CHANGED, name)]


@pytest.mark.parametrize("number", [0, HOUR + 1, 2 * HOUR + 2])
def test_a_row_that_was_removed_is_named(trail, number):
    del trail.table[entry_id(number)]
    assert trail.faults() == [(What.REMOVED, entry_id(number))]


@pytest.mark.parametrize("number", [-HOUR, 7, HOUR - 7, HOUR + 7])
def test_a_row_that_was_added_among_older_ones_is_named(trail, number):
    trail.write(row(number))
    assert trail.faults() == [(What.ADDED, entry_id(number))]


def test_a_row_that_was_dated_back_is_named_even_when_a_seal_holds_it(trail):
    back = row(1, id=f"{entry_id(1)[:-1]}f")
    assert trail.sealed(back).faults() == [(What.ADDED, back.id)]


def test_two_rows_that_changed_places_are_both_named(trail):
    one, other = entry_id(0), entry_id(HOUR + 1)
    first, second = trail.table[one], trail.table[other]
    trail.write(first._replace(id=other), second._replace(id=one))
    assert trail.faults() == [(What.CHANGED, one), (What.CHANGED, other)]


def test_two_seals_that_changed_places_are_both_named(trail):
    one, two = trail.chain[1], trail.chain[2]
    trail.chain |= {1: replace(two, number=1), 2: replace(one, number=2)}
    broken = [place for what, place in trail.faults() if what is What.SEAL_CHANGED]
    assert broken == [1, 2, 3]


def test_a_seal_that_is_missing_is_named_and_breaks_the_next(trail):
    del trail.chain[2]
    found = trail.faults()
    assert (What.SEAL_REMOVED, 2) in found
    assert (What.SEAL_CHANGED, 3) in found
    assert (What.ADDED, entry_id(HOUR)) in found


def test_a_seal_whose_entries_were_changed_with_the_row_is_named(trail):
    """Whoever changes a row and its digest in the seal has to forge the seal's hash as well."""
    name = entry_id(HOUR)
    forged = trail.table[name]._replace(actor="somebody")
    trail.write(forged)
    old = trail.chain[2]
    begin = old.entries.index(bytes.fromhex(name.replace("-", "")))
    entries = old.entries[: begin + 16] + digest(forged, SECRETS) + old.entries[begin + 48 :]
    trail.chain[2] = replace(old, entries=entries)
    assert trail.faults() == [(What.SEAL_CHANGED, 2)]


def test_a_whole_chain_that_was_forged_is_found_out_by_a_head_kept_elsewhere(trail):
    head = trail.chain[2].sha256
    forged = Kept()
    for each in trail.seals():
        names = each.digests()
        forged.sealed(*(trail.table[name]._replace(actor="somebody") for name in names))
    assert forged.faults() == []
    assert forged.faults({2: head}) == [(What.OTHER_HEAD, 2)]


def test_an_end_that_was_cut_off_is_found_out_by_a_head_kept_elsewhere(trail):
    head = trail.chain.pop(3)
    for name in head.digests():
        del trail.table[name]
    trail.table.pop(entry_id(3 * HOUR))
    assert trail.faults() == []
    assert trail.faults({3: head.sha256}) == [(What.SEAL_REMOVED, 3)]


def test_entries_that_are_cut_off_are_told_by_their_seal(trail):
    trail.chain[2] = replace(trail.chain[2], entries=trail.chain[2].entries[:-1])
    assert (What.SEAL_CHANGED, 2) in trail.faults()


def test_a_row_that_became_visible_late_is_sealed_and_no_fault():
    late, first, second = row(5), row(4), row(9)
    kept = Kept().sealed(first, second).sealed(late)
    assert kept.faults() == []


def test_a_row_in_two_seals_is_named(trail):
    again = trail.table[entry_id(2 * HOUR)]
    trail.sealed(again)
    assert trail.faults() == [(What.TWICE, again.id)]


def test_a_row_stays_true_to_its_seal_when_its_patient_is_erased(trail):
    trail.sealed(trail.table[entry_id(3 * HOUR)])
    patient = row(4 * HOUR, role="patient", actor="patient-p1")
    told = row(
        5 * HOUR, action="patient.erased", patient=hidden("Patient/p1", SECRETS["Patient/p1"])
    )
    trail.sealed(patient, told)
    for each in list(trail.table.values()):
        if each.patient == "Patient/p1":
            trail.write(erased(each, SECRETS[each.patient]))
    assert trail.faults() == []
    assert "p1" not in str(list(trail.table.values()))
    assert len({each.patient for each in trail.table.values()}) == 1


def test_a_name_that_was_hidden_without_an_erasure_is_told(trail):
    name = entry_id(HOUR)
    trail.write(erased(trail.table[name], SECRETS["Patient/p1"]))
    assert trail.faults() == [(What.NOT_ERASED, name)]


def test_a_row_whose_secret_is_gone_is_told(trail):
    trail.sealed(row(3 * HOUR), row(4 * HOUR, patient="Patient/p2"))
    lost = SECRETS.pop("Patient/p2")
    found = trail.faults()
    SECRETS["Patient/p2"] = lost
    assert found == [(What.LOST, entry_id(4 * HOUR))]


def test_a_digest_cannot_be_tried_out_without_the_secret():
    """Two clinics, or a patient's two lives here, say nothing about each other."""
    other = {"Patient/p1": b"x" * 32}
    assert digest(row(1), SECRETS) != digest(row(1), other)
    assert hidden("Patient/p1", b"1" * 32) != hidden("Patient/p1", b"x" * 32)


def test_a_fault_says_which_row_of_which_seal_it_is_about():
    told = str(Fault(What.CHANGED, "id-1", 7))
    assert told == "row id-1 (seal 7) was changed after it was sealed"
    assert str(Fault(What.SEAL_REMOVED, seal=3)) == "seal 3 is missing"


def test_what_may_still_become_visible_is_some_minutes_old_at_most():
    assert not_before("") == ""
    assert entry_id(0) < not_before(entry_id(HOUR)) < entry_id(HOUR)
