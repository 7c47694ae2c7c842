"""Content by id, edition, language and audience."""

import pytest

from service.domain.content import Audience, Edition
from tests.builders import a_pack, a_point, a_topic

PHYSIO_ONLY = a_point("observe", audience=Audience.PHYSIO, text="Kun for fysioterapeuten.")
LONG = a_point("dose", editions=frozenset({Edition.FULL}), text="Kun i den fulde.")
PACK = "/api/v1/packs/lumbar-spinal-stenosis"


@pytest.fixture
def web(make_web):
    return make_web(a_pack(topics=(a_topic("self-care", a_point("move"), LONG, PHYSIO_ONLY),)))


def test_packs_are_listed_with_their_state(web):
    (pack,) = web.get("/api/v1/packs").json["packs"]
    assert (pack["id"], pack["state"]) == ("lumbar-spinal-stenosis", "draft")


def test_a_pack_tells_its_topics_and_handouts(web):
    pack = web.get(PACK).json
    assert [(t["id"], t["title"]) for t in pack["topics"]] == [("self-care", "Self-Care")]
    assert all(handout["id"] and handout["title"] for handout in pack["handouts"])


def test_each_topic_says_how_far_its_translation_is(web):
    for language, state in (("da", "source"), ("en", "current")):
        topics = web.get(f"{PACK}?language={language}").json["topics"]
        assert [topic["translation"] for topic in topics] == [state]


def test_pixi_leaves_out_the_points_of_the_full_edition(web):
    assert "Kun i den fulde." in web.get(PACK).text
    assert "Kun i den fulde." not in web.get(f"{PACK}?edition=pixi").text


def test_the_audience_can_be_chosen(web):
    assert "Kun for fysioterapeuten." in web.get(PACK).text
    assert "Kun for fysioterapeuten." not in web.get(f"{PACK}?audience=patient").text


def test_a_patient_never_gets_the_physiotherapists_wording(web):
    for query in ("", "?audience=physio"):
        page = web.get(PACK + query, role="patient", patient="p1").text
        assert "Kun for fysioterapeuten." not in page
        assert "teach_back" not in page


@pytest.mark.parametrize("query", ["edition=long", "language=sv", "audience=boss", "x=1"])
def test_what_cannot_be_asked_for_is_refused(web, query):
    assert web.get(f"{PACK}?{query}").status_code == 422


def test_a_pack_that_is_not_there(web):
    assert web.get("/api/v1/packs/nope").status_code == 404
