"""What an edition holds: all topics, more or less of each."""

import pytest

from service.domain.content import Audience, Edition
from service.domain.errors import InvalidField
from service.domain.selection import select
from tests.builders import a_pack, a_point, a_topic

FULL_ONLY = a_point("dose", editions=frozenset({Edition.FULL}))
SAFETY = a_point("stop", editions=frozenset({Edition.FULL}), marks=frozenset({"always_show"}))
SHORTENED = a_point("sleep", text="Sov godt, og hold øje med stress.", short="Sov godt.")
FOR_PHYSIO = a_point("observe", audience=Audience.PHYSIO)
PACK = a_pack(
    topics=(a_topic("self-care", FULL_ONLY, SAFETY, SHORTENED, FOR_PHYSIO), a_topic("work"))
)


def points(edition):
    return [point.id for point in select(PACK, edition, "da").topics[0].for_patient]


@pytest.mark.parametrize("edition", list(Edition))
def test_every_edition_holds_every_topic_of_the_guideline(edition):
    assert [t.topic.id for t in select(PACK, edition, "da").topics] == ["self-care", "work"]


def test_pixi_leaves_out_what_is_only_in_the_full_edition():
    assert "dose" in points(Edition.FULL)
    assert "dose" not in points(Edition.PIXI)


def test_safety_advice_is_shown_in_every_edition():
    assert "stop" in points(Edition.PIXI)


def test_pixi_uses_the_shorter_wording_where_there_is_one():
    assert SHORTENED.words(Edition.PIXI) == "Sov godt."
    assert SHORTENED.words(Edition.FULL) == "Sov godt, og hold øje med stress."


def test_wording_for_the_physiotherapist_is_kept_apart():
    topic = select(PACK, Edition.FULL, "da").topics[0]
    assert [p.id for p in topic.for_physio] == ["observe"]
    assert "observe" not in points(Edition.FULL)


def test_a_language_the_pack_lacks_is_refused_by_name():
    with pytest.raises(InvalidField, match="da, en"):
        select(PACK, Edition.FULL, "sv")


def test_an_edition_the_pack_lacks_is_refused():
    with pytest.raises(InvalidField, match="pixi"):
        select(a_pack(editions=(Edition.FULL,)), Edition.PIXI, "da")
