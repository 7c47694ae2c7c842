"""The first pack, as it ships: complete, plain, in its own words, safe for patients."""

import re
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from service.domain.content import Audience, Edition, PackState, TranslationState
from service.packs.check import check_pack
from service.packs.files import read_pack
from service.packs.freeze import load_packs
from service.packs.handouts import pages_of
from service.packs.labels import labels
from service.packs.page_text import blocks, prose
from service.packs.problems import Level
from service.packs.readability import limits, measure, plain

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "content" / "lumbar-spinal-stenosis"
SEED = ROOT.parent / "shared" / "seed"
TOPICS = ["knowledge", "prognosis", "self-management", "pain-mechanisms", "treatment", "mood"]
PHYSIO = Audience.PHYSIO
RUN = 5  # words in a row that may not be the seed's

pytestmark = pytest.mark.skipif(
    not (FOLDER / "pack.yaml").is_file(), reason="content/lumbar-spinal-stenosis is not there"
)


WHICH = [
    "/".join(which)
    for which in product(
        ("knowledge", "prognosis", "self-management", "pain-mechanisms", "treatment", "complete"),
        Edition,
        ("da", "en", "*"),
    )
]


@pytest.fixture(scope="module")
def pack():
    return read_pack(FOLDER)


@pytest.fixture(scope="module")
def pages(pack):
    found = {"/".join((p.handout, p.edition, p.language)): p for p in pages_of(pack)}
    assert sorted(found) == sorted(WHICH)
    return found


def for_physio(pack):
    """Everything that only a physiotherapist is to read, in every language."""
    theirs = set()
    for text in (text for topic in pack.topics for text in topic.texts.values()):
        theirs |= {
            words for p in text.points if p.audience is PHYSIO for words in (p.text, p.short)
        }
        theirs |= {*text.observe, *text.teach_back, text.title[PHYSIO]}
    alike = {words for topic in pack.topics for words in patient_titles(topic)}
    return {_plain(words) for words in theirs - {""}} - {_plain(words) for words in alike}


def patient_titles(topic):
    return [text.title.get(Audience.PATIENT, "") for text in topic.texts.values()]


def points(pack, language="da"):
    return [point for topic in pack.topics for point in topic.texts[language].points]


def covered(pack, edition, language="da"):
    """By points alone: a goal or a tool that says the same comes on top."""
    said = [point for point in points(pack, language) if edition in point.editions]
    return {fact for point in said for fact in point.covers}


def pixi_words(pack, fact, language):
    shown = [p for p in points(pack, language) if fact in p.covers and p.in_edition(Edition.PIXI)]
    assert shown, f"{fact} is not shown in PIXI"
    return " ".join(point.words(Edition.PIXI) for point in shown).lower()


def test_the_linter_has_nothing_that_stops_it(pack):
    assert [str(p) for p in check_pack(FOLDER) if p.level is Level.STOP] == []


def test_it_loads_as_a_draft_until_somebody_signs(pack):
    [loaded] = [p for p in load_packs(FOLDER.parent, None, date(2026, 11, 23)) if p.id == pack.id]
    signed = bool(loaded.extras["approvals"]["signatures"])
    assert signed or loaded.state is PackState.DRAFT


def test_it_has_the_seven_topics_of_the_sheet_in_their_order(pack):
    assert [topic.id for topic in pack.topics][:6] == TOPICS
    assert len(pack.topics) == 7


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(("edition", "count"), [(Edition.FULL, 118), (Edition.PIXI, 71)])
def test_an_edition_says_all_its_facts_and_no_more(pack, edition, count, language):
    assert len(covered(pack, edition, language)) == count


@pytest.mark.parametrize(
    ("fact", "language", "hedge"),
    [
        ("LSS-05", "da", "ofte"),
        ("LSS-05", "en", "often"),
        ("LSS-11", "da", "mange"),
        ("LSS-11", "en", "many"),
    ],
)
def test_the_short_edition_keeps_the_hedges(pack, fact, language, hedge):
    assert re.search(rf"\b{hedge}\b", pixi_words(pack, fact, language))


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_advice_about_sharp_pain_is_in_the_short_edition_too(pack, language):
    assert pixi_words(pack, "LSS-87", language)


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize(("audience", "most"), [(Audience.PATIENT, 30), (Audience.PHYSIO, 45)])
def test_every_danish_section_is_easy_enough(pack, edition, audience, most):
    scores = {
        topic.id: measure([p.words(edition) for p in shown], "da").score
        for topic in pack.topics
        if (shown := topic.texts["da"].select(edition, audience))
    }
    assert {topic: score for topic, score in scores.items() if score > most} == {}


@pytest.mark.parametrize("which", WHICH, ids=lambda which: which.replace("/", "-"))
def test_no_page_has_a_word_of_the_physiotherapists(pack, pages, which):
    shown = _plain(" ".join(block.words for block in blocks(pages[which].html)))
    assert [words for words in for_physio(pack) if words in shown] == []
    assert not re.search(r"LSS-\d", pages[which].html.decode())


@pytest.mark.parametrize("which", WHICH, ids=lambda which: which.replace("/", "-"))
def test_every_page_is_as_easy_to_read_as_was_promised(pages, which):
    page = pages[which]
    limit = limits(page.text_language, Audience.PATIENT)
    measured = measure(prose(page.html), page.text_language)
    assert measured.words > 30
    assert measured.score <= limit.most, measured


@pytest.mark.parametrize("which", WHICH, ids=lambda which: which.replace("/", "-"))
def test_every_page_has_three_questions_and_its_origin(pages, which):
    found = blocks(pages[which].html)
    assert sum(block.tag == "li" and "questions" in block.inside for block in found) == 3
    told = [block.words for block in found if block.tag == "dt" and "footer" in block.inside]
    fixed = labels(pages[which].text_language)[1]
    assert {fixed[name] for name in ("made", "reviewed", "next-review", "version", "source")} <= {
        *told
    }


def test_no_page_of_a_draft_has_an_urgent_card(pages):
    assert [which for which, page in pages.items() if b'class="urgent"' in page.html] == []


def test_every_translation_is_of_the_danish_text_as_it_is(pack):
    for topic in pack.topics:
        assert topic.translations == {"da": TranslationState.SOURCE, "en": TranslationState.CURRENT}


def test_the_letters_of_the_conversation_model_are_never_spelled_out():
    spelled = re.compile(r"\bTAK\b[^.\n]{0,20}(?:står for|stands for|betyder|means)")
    assert [text for text in _own_texts() if spelled.search(text)] == []


@pytest.mark.skipif(not list(SEED.glob("*.txt")), reason="the seed sheet is not at hand")
def test_no_five_words_in_a_row_are_the_seeds():
    seed = _runs(" ".join(path.read_text("utf-8") for path in SEED.glob("*.txt")))
    shared = {run for text in _own_texts() for run in _runs(text) & seed}
    assert shared == set()


def _own_texts():
    """Every text file of the pack, without addresses and without the name of its source."""
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in (".md", ".yaml"):
            text = path.read_text("utf-8")
            if path.name == "pack.yaml":
                text = re.sub(r"^source:.*\n(?:[ #-].*\n|\n)*", "", text, flags=re.MULTILINE)
            yield re.sub(r"https?://\S+", " ", text)


def _runs(text):
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def _plain(text):
    return " ".join(plain(text).lower().split())
