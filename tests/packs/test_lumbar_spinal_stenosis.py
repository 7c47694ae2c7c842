"""The first pack, as it ships: complete, plain, in its own words, safe for patients."""

import re
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from service.domain.content import Audience, Edition, PackState
from service.packs.check import check_pack
from service.packs.files import read_pack
from service.packs.freeze import load_packs
from service.packs.problems import Level
from service.packs.readability import measure, plain

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "content" / "lumbar-spinal-stenosis"
SEED = ROOT.parent / "shared" / "seed"
TOPICS = ["knowledge", "prognosis", "self-management", "pain-mechanisms", "treatment", "mood"]
RUN = 5  # words in a row that may not be the seed's

pytestmark = pytest.mark.skipif(
    not (FOLDER / "pack.yaml").is_file(), reason="content/lumbar-spinal-stenosis is not there"
)


@pytest.fixture(scope="module")
def pack():
    return read_pack(FOLDER)


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


def test_no_handout_has_a_word_of_the_physiotherapists(pack):
    for handout, language in product(pack.handouts, pack.languages):
        hidden = [
            plain(words)
            for topic in pack.topics
            for point in topic.texts[language].points
            if point.audience is Audience.PHYSIO
            for words in (point.text, point.short)
            if words
        ]
        hidden += [cue for topic in pack.topics for cue in topic.texts[language].observe]
        for edition in pack.editions:
            shown = _text(handout.files[edition, language].html.decode())
            assert [words for words in hidden if words in shown] == []


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


def _text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("&#39;", "'")
