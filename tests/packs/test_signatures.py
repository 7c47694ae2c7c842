"""How far a pack has come: by who has signed which text, and by the calendar."""

from datetime import date, timedelta

import pytest

from service.domain.content import PackState
from service.packs.signatures import (
    Approvals,
    Role,
    Signature,
    plain_approvals,
    sha256_of_signed_text,
    state_of,
    state_today,
)
from tests.packs.builders import the_files

TEXT, OLD_TEXT = "a" * 64, "b" * 64
TODAY = date(2026, 11, 23)
REVIEW = date(2028, 11, 1)


def signed(role, name, sha256=TEXT):
    return Signature(role, name, date(2026, 11, 2), sha256)


AUTHOR = signed(Role.AUTHOR, "Anna Berg")
CLINICIAN = signed(Role.CLINICAL_REVIEWER, "Carl Dahl")
LANGUAGE = signed(Role.LANGUAGE_REVIEWER, "Eva Friis")
ALL = (AUTHOR, CLINICIAN, LANGUAGE)


def state(*signatures, today=TODAY, withdrawn=""):
    return state_of(Approvals(signatures, withdrawn), TEXT, today, REVIEW)


def test_without_a_signature_it_is_a_draft():
    assert state() is PackState.DRAFT


@pytest.mark.parametrize("missing", ALL, ids=lambda s: s.role.value)
def test_some_signatures_are_not_an_approval(missing):
    assert state(*(s for s in ALL if s is not missing)) is PackState.IN_REVIEW


def test_three_signatures_over_this_text_are_an_approval():
    assert state(*ALL) is PackState.APPROVED


def test_a_signature_over_an_older_text_does_not_count():
    stale = signed(Role.CLINICAL_REVIEWER, "Carl Dahl", OLD_TEXT)
    assert state(AUTHOR, stale, LANGUAGE) is PackState.IN_REVIEW


def test_nobody_reviews_their_own_text():
    own = signed(Role.CLINICAL_REVIEWER, "anna berg ")
    assert state(AUTHOR, own, LANGUAGE) is PackState.IN_REVIEW
    assert state(AUTHOR, own, CLINICIAN, LANGUAGE) is PackState.APPROVED


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [
        (91, PackState.APPROVED),
        (90, PackState.REVIEW_DUE),
        (0, PackState.REVIEW_DUE),
        (-1, PackState.EXPIRED),
    ],
)
def test_an_approval_grows_old(days_left, expected):
    assert state(*ALL, today=REVIEW - timedelta(days=days_left)) is expected


def test_a_draft_does_not_expire():
    assert state(today=REVIEW + timedelta(days=1)) is PackState.DRAFT


def test_a_withdrawn_pack_is_withdrawn_whoever_signed():
    assert state(*ALL, withdrawn="A dose was wrong.") is PackState.WITHDRAWN


@pytest.mark.parametrize("withdrawn", ["", "A dose was wrong."])
def test_plain_approvals_tell_the_same_state(withdrawn):
    plain = plain_approvals(Approvals(ALL, withdrawn), TEXT, REVIEW)
    assert state_today(plain, TODAY) is state(*ALL, withdrawn=withdrawn)


@pytest.mark.parametrize("file", ["da/moving.md", "en/mood.md", "goals.yaml", "glossary.yaml"])
def test_what_people_read_is_signed(file):
    files = the_files()
    before = sha256_of_signed_text(files)
    assert sha256_of_signed_text(files | {file: files[file] + " "}) != before


@pytest.mark.parametrize("file", ["approvals.yaml", "CHANGELOG.md", "facts.yaml", "pack.yaml"])
def test_what_surrounds_the_text_is_not_signed(file):
    files = the_files()
    before = sha256_of_signed_text(files)
    assert sha256_of_signed_text(files | {file: files[file] + " "}) == before
