"""The folder of handouts: written once, whole, and kept whatever comes later."""

import json
from datetime import date

import pytest

from service.domain.content import Edition, HandoutForm, PackState
from service.domain.errors import ContentError
from service.packs.freeze import Prepared, load_packs
from tests.packs.builders import a_folder, drop, edit, put
from tests.packs.pages import rendered, signatures

TODAY = date(2026, 11, 23)


@pytest.fixture
def content(tmp_path):
    return tmp_path / "content"


@pytest.fixture
def prepared(tmp_path):
    return Prepared.below(tmp_path / "var", draft_content=True)


def loaded(content, prepared):
    (pack,) = load_packs(content, prepared, TODAY)
    return pack


def the_file(pack, edition=Edition.FULL, language="da"):
    return pack.handouts[0].files[edition, language]


def files_of(prepared):
    return {path for path in prepared.handouts._folder.rglob("*") if path.is_file()}


def test_loading_a_pack_keeps_each_page_and_its_plain_text(content, prepared):
    a_folder(content)
    pack = loaded(content, prepared)
    for which, made in rendered(pack).items():
        page = prepared.handouts.page(made.sha256)
        assert set(page.forms) == {HandoutForm.PAGE, HandoutForm.TEXT}
        assert prepared.handouts.read(page, HandoutForm.PAGE) == made.html
        assert prepared.handouts.of_version("knee", "1.0.0")[which] == made.sha256


def test_loading_it_again_writes_nothing(content, prepared):
    a_folder(content)
    loaded(content, prepared)
    before = {path: path.stat().st_mtime_ns for path in files_of(prepared)}
    loaded(content, prepared)
    assert {path: path.stat().st_mtime_ns for path in files_of(prepared)} == before


def test_every_version_stays_and_a_version_names_the_pages_last_made_of_it(content, prepared):
    a_folder(content)
    first = the_file(loaded(content, prepared))
    a_folder(content, edit("da/moving.md", "Sid lidt", "Sid længe"))
    second = the_file(loaded(content, prepared))
    assert first.sha256 != second.sha256
    assert prepared.handouts.page(first.sha256)
    key = ("leaflet", "full", "da")
    assert prepared.handouts.of_version("knee", "1.0.0")[key] == second.sha256
    a_folder(content)
    assert the_file(loaded(content, prepared)) == first
    assert prepared.handouts.of_version("knee", "1.0.0")[key] == first.sha256


@pytest.mark.parametrize("name", ["a" * 3_000, "..", "1/2", "a\0b", ""])
def test_what_is_no_name_of_a_version_names_no_page(content, prepared, name):
    a_folder(content)
    loaded(content, prepared)
    assert prepared.handouts.of_version("knee", name) == {}
    assert prepared.handouts.of_version(name, "1.0.0") == {}


def test_pages_that_are_missing_are_made_again_the_same(content, prepared):
    a_folder(content)
    file = the_file(loaded(content, prepared))
    place = prepared.handouts.paths(file.sha256)[HandoutForm.PAGE]
    (place.parent / "about.json").unlink()
    assert the_file(loaded(content, prepared)) == file
    assert (place.parent / "about.json").is_file()


def test_a_form_that_is_there_is_never_written_over(content, prepared):
    a_folder(content)
    sha256 = the_file(loaded(content, prepared)).sha256
    prepared.handouts.add(sha256, HandoutForm.PDF, b"%PDF the first")
    prepared.handouts.add(sha256, HandoutForm.PDF, b"%PDF the second")
    again = Prepared.below(prepared.copies.parent, draft_content=True).handouts
    page = again.page(sha256)
    assert again.read(page, HandoutForm.PDF) == b"%PDF the first"
    assert page.forms[HandoutForm.PDF].size == len(b"%PDF the first")


def test_a_pack_learns_of_forms_that_came_later(content, prepared):
    a_folder(content)
    sha256 = the_file(loaded(content, prepared)).sha256
    prepared.handouts.add(sha256, HandoutForm.PDF, b"%PDF")
    for copy in prepared.copies.iterdir():
        copy.unlink()
    copies = the_file(loaded(content, prepared)).copies
    assert [copy.form for copy in copies] == [HandoutForm.TEXT, HandoutForm.PDF]


def test_drafts_that_may_not_be_used_are_not_kept(content, tmp_path):
    folder = a_folder(content)
    production = Prepared.below(tmp_path / "var", draft_content=False)
    draft = loaded(content, production)
    assert draft.state is PackState.DRAFT
    assert files_of(production) == set()
    a_folder(content, signatures(folder))
    signed = loaded(content, production)
    assert signed.state is PackState.APPROVED
    assert production.handouts.page(the_file(signed).sha256)


def test_a_draft_is_kept_as_soon_as_drafts_may_be_used(content, tmp_path):
    a_folder(content)
    loaded(content, Prepared.below(tmp_path / "var", draft_content=False))
    pilot = Prepared.below(tmp_path / "var", draft_content=True)
    assert pilot.handouts.page(the_file(loaded(content, pilot)).sha256)


def test_a_folder_that_cannot_be_written_is_named(content, prepared, tmp_path):
    a_folder(content)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "handouts").write_text("a file")
    with pytest.raises(ContentError, match="folder for handouts cannot be written"):
        loaded(content, prepared)


def test_a_record_of_a_newer_release_is_not_guessed_at(content, prepared):
    a_folder(content)
    file = the_file(loaded(content, prepared))
    about = prepared.handouts.paths(file.sha256)[HandoutForm.PAGE].with_name("about.json")
    about.write_text(json.dumps(json.loads(about.read_text()) | {"format": 2}))
    with pytest.raises(ContentError, match="newer release"):
        prepared.handouts.page(file.sha256)


def test_a_withdrawn_pack_keeps_what_was_issued_before(content, prepared):
    a_folder(content)
    file = the_file(loaded(content, prepared))
    a_folder(content, put("approvals.yaml", "withdrawn: It was wrong\n"))
    assert loaded(content, prepared).state is PackState.WITHDRAWN
    assert prepared.handouts.page(file.sha256)


def test_languages_in_the_making_have_pages_and_no_plans(content, prepared):
    def translating(files):
        files["pack.yaml"] = files["pack.yaml"].replace("[da, en]", "[da]\ntranslating: [en]")

    a_folder(content, translating, drop("en/mood.md"))
    pack = loaded(content, prepared)
    assert pack.languages == ("da",)
    assert prepared.handouts.page(the_file(pack, language="en").sha256).text_language == "en"
