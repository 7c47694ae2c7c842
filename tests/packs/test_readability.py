"""LIX and ARI, worked out by hand."""

import pytest

from service.domain.content import Audience
from service.packs.readability import limits, measure, plain


def test_lix_is_words_per_sentence_and_the_share_of_long_words():
    # 10 words, 2 sentences, 1 word of seven letters or more: 10/2 + 100/10.
    found = measure(["Gå en tur hver dag. Husk godt fodtøj og nøglerne."], "da")
    assert (found.index, found.score, found.words, found.sentences) == ("LIX", 15, 10, 2)


def test_seven_letters_are_long_and_six_are_not():
    assert measure(["abcdefg"], "da").score == 101
    assert measure(["abcdef"], "da").score == 1


def test_ari_counts_letters_words_and_sentences():
    # 22 letters, 6 words, 1 sentence: 4.71 * 22/6 + 0.5 * 6 - 21.43.
    found = measure(["Write down what you want to."], "en")
    assert (found.index, found.score) == ("ARI", pytest.approx(-1.2))


def test_a_point_ends_its_sentence_without_a_full_stop():
    assert measure(["Gå en tur", "Sov godt"], "da").sentences == 2


def test_decimals_and_hyphens_do_not_end_anything():
    found = measure(["Gå 2.5 km og få en MR-scanning (senere)."], "da")
    assert (found.words, found.sentences) == (8, 1)


def test_only_the_words_of_a_link_count():
    assert measure(["Se [vores side](https://example.org/long/address) nu."], "da").words == 4
    assert plain("**Gå** en *tur* på [vejen](https://x.dk).") == "Gå en tur på vejen."


def test_no_text_has_no_score():
    assert measure(["", "***"], "da").words == 0


def test_patients_are_aimed_at_thirty_and_refused_above_thirty_five():
    danish = limits("da", Audience.PATIENT)
    assert (danish.aim, danish.most) == (30, 35)
    english = limits("en", Audience.PATIENT)
    assert (english.aim, english.most) == (6, 8)
    assert (limits("da", Audience.PHYSIO).most, limits("en", Audience.PHYSIO).most) == (45, 14)


def test_a_language_without_a_measure_has_no_limit():
    assert limits("ar", Audience.PATIENT) is None
