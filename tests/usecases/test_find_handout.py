"""Which page is meant, may it still be read, and is there a newer one."""

from dataclasses import replace

import pytest

from service.domain.content import ANY_OTHER, Edition, HandoutForm, PackState, Withdrawal
from service.domain.errors import NotFound, Withdrawn
from service.usecases.find_handout import FindHandout, WantedHandout, embedded
from tests.builders import a_file, a_handout, a_pack, a_page
from tests.fakes import FixedCatalogue, MemoryHandouts

PACK = "lumbar-spinal-stenosis"


def with_any_other(pack):
    """The pack with a page for every language that it is not written in."""
    handouts = []
    for handout in pack.handouts:
        files = dict(handout.files)
        for edition in Edition:
            page = a_page(handout.id, edition, ANY_OTHER)
            files[edition, ANY_OTHER] = a_file(page, "da")
        handouts.append(replace(handout, files=files))
    return replace(pack, handouts=tuple(handouts))


def old():
    return with_any_other(a_pack(version="0.9.0", handouts=(a_handout("knowledge", "knowledge"),)))


def now(**more):
    return with_any_other(a_pack(handouts=(a_handout("all", "work"),), **more))


def finder(*packs, issued=(), withdrawn=None):
    return FindHandout(FixedCatalogue(*packs, withdrawn=withdrawn), MemoryHandouts(*issued, *packs))


def wanted(handout="all", **more):
    return WantedHandout(PACK, handout, **more)


def sha256(pack, edition=Edition.FULL, language="da"):
    return pack.handouts[0].files[edition, language].sha256


def test_without_more_it_is_the_full_danish_page_that_the_pack_has_now():
    found = finder(now()).find("demo", wanted())
    assert found.page.sha256 == sha256(now())
    assert (found.page.edition, found.page.language) == ("full", "da")
    assert (found.state, found.newer) == (PackState.DRAFT, "")


def test_edition_and_language_are_what_was_asked_for():
    found = finder(now()).find("demo", wanted(edition="pixi", language="en"))
    assert (found.page.edition, found.page.language) == ("pixi", "en")


@pytest.mark.parametrize(("asked", "given"), [("en-GB", "en"), ("ar", "da"), ("sv-SE", "da")])
def test_a_language_it_is_not_in_gives_the_nearest_there_is(asked, given):
    assert finder(now()).find("demo", wanted(language=asked)).page.text_language == given
    by_version = wanted(language=asked, version="1.0.0")
    assert finder(now()).find("demo", by_version).page.text_language == given


def test_a_page_is_read_by_its_hash_when_the_pack_has_no_such_handout_any_more():
    found = finder(now(), issued=[old()]).find("demo", wanted("knowledge", sha256=sha256(old())))
    assert (found.page.version, found.page.handout) == ("0.9.0", "knowledge")
    assert found.newer == ""


def test_a_page_of_an_earlier_version_knows_the_newer_one():
    earlier = with_any_other(
        a_pack(version="0.9.0", handouts=(replace(old().handouts[0], id="all"),))
    )
    found = finder(now(), issued=[earlier]).find("demo", wanted(sha256=sha256(earlier)))
    assert found.page.version == "0.9.0"
    assert found.newer == sha256(now())


def test_a_page_is_found_by_version_edition_and_language():
    story = finder(now(), issued=[old()])
    found = story.find("demo", wanted("knowledge", version="0.9.0", language="en"))
    assert (found.page.version, found.page.language) == ("0.9.0", "en")
    assert story.find("demo", wanted("knowledge", version="0.9.0")).page.language == "da"


def test_a_page_stays_when_the_clinic_has_no_such_pack_any_more():
    found = finder(issued=[old()]).find("demo", wanted("knowledge", sha256=sha256(old())))
    assert (found.state, found.newer) == (None, "")


@pytest.mark.parametrize(
    "asked",
    [
        wanted("nope"),
        wanted(version="9.9.9"),
        wanted(sha256="0" * 64),
        wanted(sha256=sha256(now()), edition="pixi"),
        wanted(sha256=sha256(now()), language="en"),
        wanted("knowledge", sha256=sha256(now())),
        WantedHandout("other", "all"),
        WantedHandout("other", "all", sha256=sha256(now())),
    ],
)
def test_what_is_not_there_or_not_what_was_said_of_it_is_not_found(asked):
    with pytest.raises(NotFound):
        finder(now()).find("demo", asked)


def test_a_withdrawn_version_is_refused_and_names_its_successor():
    earlier = with_any_other(
        a_pack(version="0.9.0", handouts=(replace(old().handouts[0], id="all"),))
    )
    withdrawn = {(PACK, "0.9.0"): Withdrawal("a wrong dose", PACK)}
    story = finder(now(), issued=[earlier], withdrawn=withdrawn)
    with pytest.raises(Withdrawn, match="a wrong dose") as refused:
        story.find("demo", wanted(sha256=sha256(earlier)))
    assert refused.value.language == "da"
    successor = refused.value.successor
    assert (successor.pack, successor.handout, successor.sha256) == (PACK, "all", sha256(now()))
    assert story.find("demo", wanted()).page.version == "1.0.0"


def test_a_withdrawn_pack_without_successor_is_refused_by_every_address():
    withdrawn = {(PACK, version): Withdrawal("all of it") for version in ("", "0.9.0")}
    story = finder(issued=[old()], withdrawn=withdrawn)
    for asked in (
        wanted("knowledge"),
        wanted("knowledge", version="0.9.0"),
        wanted("knowledge", sha256=sha256(old())),
    ):
        with pytest.raises(Withdrawn) as refused:
            story.find("demo", asked)
        assert refused.value.successor is None


def test_a_page_is_read_in_a_form_or_not_found_in_it():
    story = finder(now())
    page = story.find("demo", wanted()).page
    assert story.read(page, HandoutForm.PAGE) == a_page("all", Edition.FULL, "da")
    assert story.read_page(page.sha256) == story.read(page, HandoutForm.PAGE)
    with pytest.raises(NotFound):
        story.read(page, HandoutForm.PDF)
    with pytest.raises(NotFound):
        story.read_page("0" * 64)


def test_a_page_can_be_shown_inside_another():
    page = "<html><style>p{}</style><main><article class='handout'><p>Æ</p></article></main>"
    style, article = embedded(page.encode())
    assert style == "p{}"
    assert article == "<article class='handout'><p>Æ</p></article>"
