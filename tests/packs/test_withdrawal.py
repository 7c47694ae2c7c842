"""Taking a version back: who is told, what takes its place, what stays."""

from datetime import date

import pytest

from service.domain.content import Withdrawal
from service.domain.errors import Withdrawn
from service.packs.catalogue import Catalogue
from service.packs.freeze import Prepared, load_packs
from service.usecases.find_handout import FindHandout, WantedHandout
from tests.packs.builders import a_folder, edit, found, put, the_problem

TODAY = date(2026, 11, 23)
NEXT = (
    edit("pack.yaml", '"1.0.0"', '"1.1.0"'),
    edit("CHANGELOG.md", "## 1.0.0", "## 1.1.0\n\n## 1.0.0"),
)
EARLIER = "signatures: []\nwithdrawn_versions:\n  - {version: '1.0.0', reason: a wrong dose}\n"


@pytest.fixture
def clinic(tmp_path):
    """Load the packs as the service does at a start, and find handouts in what there is."""
    prepared = Prepared.below(tmp_path / "var", draft_content=True)

    def start() -> FindHandout:
        packs = load_packs(tmp_path / "content", prepared, TODAY)
        return FindHandout(Catalogue(packs, {}, draft_content=True), prepared.handouts)

    return start


def page_of(story):
    return story.find("demo", WantedHandout("knee", "leaflet")).page


def pinned(sha256):
    return WantedHandout("knee", "leaflet", "full", "da", sha256=sha256)


def test_an_earlier_version_stays_readable_and_knows_the_newer(clinic, tmp_path):
    a_folder(tmp_path / "content")
    first = page_of(clinic())
    a_folder(tmp_path / "content", *NEXT)
    story = clinic()
    answer = story.find("demo", pinned(first.sha256))
    assert answer.page == first
    assert answer.newer == page_of(story).sha256 != first.sha256


def test_an_earlier_version_that_was_taken_back_is_refused_with_its_successor(clinic, tmp_path):
    a_folder(tmp_path / "content")
    first = page_of(clinic())
    a_folder(tmp_path / "content", *NEXT, put("approvals.yaml", EARLIER))
    story = clinic()
    with pytest.raises(Withdrawn, match="a wrong dose") as refused:
        story.find("demo", pinned(first.sha256))
    assert refused.value.successor.sha256 == page_of(story).sha256


def test_a_pack_that_was_taken_back_takes_its_earlier_versions_along(clinic, tmp_path):
    a_folder(tmp_path / "content")
    first = page_of(clinic())
    back = put("approvals.yaml", "signatures: []\nwithdrawn: all wrong\nsuccessor: hip\n")
    a_folder(tmp_path / "content", *NEXT, back)
    hip = edit("pack.yaml", "id: knee", "id: hip"), edit("pack.yaml", '"L90"', '"L89"')
    a_folder(tmp_path / "content", *hip, name="hip")
    story = clinic()
    for wanted in (pinned(first.sha256), WantedHandout("knee", "leaflet")):
        with pytest.raises(Withdrawn, match="all wrong") as refused:
            story.find("demo", wanted)
        assert refused.value.successor.pack == "hip"


def test_nothing_is_withdrawn_of_a_pack_that_nobody_knows():
    assert Catalogue((), {}, draft_content=True).withdrawal("knee", "1.0.0") is None


def test_a_version_that_was_not_taken_back_may_be_read(clinic, tmp_path):
    a_folder(tmp_path / "content", *NEXT, put("approvals.yaml", EARLIER))
    catalogue = clinic().catalogue
    assert catalogue.withdrawal("knee", "1.0.0") == Withdrawal("a wrong dose", "knee")
    assert catalogue.withdrawal("knee", "1.1.0") is None


def test_taking_back_needs_a_reason_and_a_version_in_quotes(tmp_path):
    unquoted = EARLIER.replace("'1.0.0'", "1.0")
    assert "in quotes" in str(
        the_problem(a_folder(tmp_path, put("approvals.yaml", unquoted)), "version")
    )
    silent = EARLIER.replace(", reason: a wrong dose", "")
    assert found(a_folder(tmp_path / "b", put("approvals.yaml", silent)))
