"""How far a translation is, who is told, and what a reader gets where there is none."""

import re

import pytest

from service.domain.content import ANY_OTHER, Edition, PackState, TranslationState
from service.domain.errors import ContentError
from service.packs.check import Level
from service.packs.files import read_pack
from service.packs.translated import note_translated
from tests.packs.builders import PACK_YAML, a_folder, drop, edit, found, put, the_problem
from tests.packs.pages import approved, page, rendered

STATE = TranslationState
CHANGED = edit("da/moving.md", "Sid lidt, når du er træt.", "Sid ned, når du er træt.")
MARKS = edit("da/moving.md", "{#rest full covers=K-02}", "{#rest full do covers=K-02}")


def states(folder, topic="moving"):
    return read_pack(folder).topic(topic).translations


def noted(place, *changes):
    """A folder whose translations were noted first and which was changed then."""
    folder = a_folder(place)
    note_translated(folder)
    kept = (folder / "translations.yaml").read_text("utf-8")
    return a_folder(place, put("translations.yaml", kept), *changes)


def translating(files):
    files["pack.yaml"] = PACK_YAML.replace(
        "languages: [da, en]", "languages: [da]\ntranslating: [en]"
    )


def test_a_translation_nobody_has_spoken_of_is_unchecked(tmp_path):
    assert states(a_folder(tmp_path)) == {"da": STATE.SOURCE, "en": STATE.UNCHECKED}


def test_a_translation_that_was_noted_is_current(tmp_path):
    folder = noted(tmp_path)
    assert states(folder)["en"] is STATE.CURRENT
    assert found(folder) == []


def test_it_is_stale_as_soon_as_one_word_of_the_source_has_changed(tmp_path):
    folder = noted(tmp_path, CHANGED)
    assert states(folder)["en"] is STATE.STALE
    assert states(folder, "mood")["en"] is STATE.CURRENT
    problem = the_problem(folder, "changed after this was translated")
    assert (problem.file, problem.level) == ("en/moving.md", Level.FIX)


def test_a_mark_is_no_word_and_makes_nothing_stale(tmp_path):
    assert states(noted(tmp_path, MARKS))["en"] is STATE.CURRENT


def test_noting_it_again_makes_it_current_again(tmp_path):
    folder = noted(tmp_path, CHANGED)
    assert note_translated(folder, ["en"], ["moving"]) == ["en/moving.md"]
    assert states(folder)["en"] is STATE.CURRENT


@pytest.mark.parametrize(("languages", "topics"), [(["sv"], []), (["da"], []), ([], ["knee"])])
def test_what_the_pack_has_not_cannot_be_noted(tmp_path, languages, topics):
    with pytest.raises(ContentError, match="has no"):
        note_translated(a_folder(tmp_path), languages, topics)


def test_a_signed_pack_has_approved_translations_unless_they_are_stale(tmp_path):
    for place, change, state in (
        ("a", MARKS, STATE.APPROVED),
        ("b", CHANGED, STATE.STALE),
    ):
        pack = approved(noted(tmp_path / place, change))
        assert pack.translation(pack.topic("moving"), "en") is state
        assert pack.translation(pack.topic("moving"), "da") is STATE.SOURCE


def test_a_stale_section_says_so_in_the_readers_language(tmp_path):
    english = page(noted(tmp_path, CHANGED), language="en")
    assert "The Danish text was changed after this section was translated." in english
    assert "Sit down when you are tired." in english
    assert "changed after" not in page(tmp_path / "knee", language="da")


def test_a_topic_of_a_language_that_is_being_translated_may_be_missing(tmp_path):
    folder = a_folder(tmp_path, translating, drop("en/mood.md"))
    assert [p for p in found(folder) if " stop " in p] == []
    assert states(folder, "mood") == {"da": STATE.SOURCE, "en": STATE.MISSING}
    assert read_pack(folder).languages == ("da",)


def two_topics(files):
    translating(files)
    files["pack.yaml"] = files["pack.yaml"].replace("topics: [moving]", "topics: [moving, mood]")
    files["da/mood.md"] = files["da/mood.md"].replace("title:\n", "title:\n  patient: Humør\n")
    files["da/mood.md"] += "\n## patient\n\n- Sov godt. {#sleep full}\n"
    del files["en/mood.md"]


def test_a_section_that_is_not_translated_comes_in_danish_with_a_note(tmp_path):
    english = page(a_folder(tmp_path, two_topics), language="en")
    assert '<html lang="en" dir="ltr">' in english
    assert "Go for a walk each day." in english
    section = english[english.index('<section class="topic" lang="da" dir="ltr"') :]
    assert "Sov godt." in section
    assert re.search(
        r'<p class="banner" role="note" lang="en" dir="ltr">This section is not translated yet\.',
        section,
    )


def test_a_handout_in_a_language_that_is_missing_is_danish_with_a_note_in_that_language(tmp_path):
    folder = a_folder(tmp_path, translating, drop("en/mood.md"), drop("en/moving.md"))
    english = page(folder, language="en")
    assert '<html lang="da" dir="ltr">' in english
    assert "Gå en tur hver dag." in english
    note = "This leaflet is not in the language you asked for. It is shown in Danish."
    assert f'<p class="banner" role="note"><span lang="en" dir="ltr">{note}</span></p>' in english


def test_any_other_language_gets_the_danish_page_with_an_english_note(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    made = rendered(pack)["leaflet", "full", ANY_OTHER]
    assert (made.language, made.text_language) == (ANY_OTHER, "da")
    assert "It is shown in Danish." in made.html.decode()
    handout = pack.handouts[0]
    assert handout.file(Edition.FULL, "ar") == handout.files[Edition.FULL, ANY_OTHER]
    assert handout.file(Edition.FULL, "en-GB") == handout.files[Edition.FULL, "en"]


def test_a_withdrawn_pack_has_no_pages(tmp_path):
    pack = read_pack(a_folder(tmp_path, put("approvals.yaml", "withdrawn: It was wrong\n")))
    assert pack.state is PackState.WITHDRAWN
    assert pack.handouts[0].files == {}
