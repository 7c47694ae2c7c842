"""What the stories are promised of issued handouts, by the folder and by the fake alike."""

import pytest

from service.domain.content import Edition, HandoutForm
from service.domain.errors import NotFound
from service.packs.issued import HandoutStore
from service.packs.page import Page
from tests.builders import a_copy, a_handout, a_pack, a_page
from tests.fakes import MemoryHandouts

KNOWLEDGE = ("knowledge", "full", "da")


class Folder:
    """The real store, filled as the content build does it."""

    def __init__(self, folder):
        self.issued = HandoutStore(folder)

    def issue(self, pack):
        pages = [
            Page(h.id, edition, language, language, h.title.in_language(language), 1, "'x'",
                 a_page(h.id, edition, language))
            for h in pack.handouts
            for edition, language in h.files
        ]  # fmt: skip
        self.issued.put(pack, pages, {page.sha256: b"words" for page in pages})
        for page in pages:
            self.issued.add(page.sha256, HandoutForm.PDF, b"%PDF")
        self.issued.point(pack)


class Memory:
    def __init__(self, _folder):
        self.issued = MemoryHandouts()

    def issue(self, pack):
        printed = [
            type(h)(h.id, h.title, h.topics, {
                which: type(f)(f.sha256, f.sha1, f.size, f.language, (a_copy(HandoutForm.PDF),))
                for which, f in h.files.items()
            })
            for h in pack.handouts
        ]  # fmt: skip
        self.issued.issue(a_pack(pack.id, version=pack.version, handouts=tuple(printed)))


@pytest.fixture(params=[Folder, Memory], ids=["folder", "memory"])
def kept(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture
def issued(kept):
    kept.issue(a_pack())
    return kept.issued


def the_page(issued, which=KNOWLEDGE, version="1.0.0"):
    return issued.page(issued.of_version("lumbar-spinal-stenosis", version)[which])


def test_a_page_is_found_by_its_version_and_by_its_hash(issued):
    page = the_page(issued)
    assert (page.pack, page.version, page.handout) == (
        "lumbar-spinal-stenosis",
        "1.0.0",
        "knowledge",
    )
    assert (page.edition, page.language, page.text_language) == ("full", "da", "da")
    assert page.title == "Pjece om knowledge"
    assert issued.page(page.sha256) == page


def test_each_form_is_the_bytes_whose_hash_is_told(issued):
    page = the_page(issued)
    assert set(page.forms) == {HandoutForm.PAGE, HandoutForm.TEXT, HandoutForm.PDF}
    assert page.forms[HandoutForm.PAGE].sha256 == page.sha256
    for form, told in page.forms.items():
        content = issued.read(page, form)
        assert told == a_copy(form, content)
    assert issued.read(page, HandoutForm.PAGE) == a_page("knowledge", Edition.FULL, "da")


def test_a_page_knows_the_same_handout_in_other_languages_and_editions(issued):
    page = the_page(issued)
    english = the_page(issued, ("knowledge", "full", "en"))
    assert page.others["full", "en"] == english.sha256
    assert page.others["full", "da"] == page.sha256
    assert set(page.others) == {(e.value, lang) for e in Edition for lang in ("da", "en")}


@pytest.mark.parametrize("sha256", ["", "0" * 64, "../../etc/passwd", "A" * 64, "ab"])
def test_what_was_never_made_is_not_there(issued, sha256):
    assert issued.page(sha256) is None


@pytest.mark.parametrize(
    ("pack", "version"), [("lumbar-spinal-stenosis", "9"), ("../x", "1.0.0"), ("x", ".."), ("", "")]
)
def test_a_version_that_was_never_made_has_no_pages(issued, pack, version):
    assert issued.of_version(pack, version) == {}


def test_a_form_that_was_not_made_is_told_as_not_there(issued):
    with pytest.raises(NotFound):
        issued.read(the_page(issued), HandoutForm.LARGE)


def test_what_was_issued_stays_when_the_next_version_comes(kept, issued):
    first = the_page(issued)
    kept.issue(a_pack(version="1.1.0", handouts=(a_handout("new", "knowledge"),)))
    assert issued.page(first.sha256) == first
    assert the_page(issued) == first
    assert the_page(issued, ("new", "full", "da"), "1.1.0").version == "1.1.0"
