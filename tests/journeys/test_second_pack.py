"""A second pack is a folder: no line of code changes for it."""

import re
import shutil

import orjson
import pytest

from tests.conftest import FHIR, JSON
from tests.live import ROOT, live_service
from tests.posted import ICPC2, LUMBAR, a_visit, coding

PACK, CODE, TITLE = "knee-sample", "L90", "Knæartrose"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A service on a copy of the content, with a pack begun by `content new`."""
    folder = tmp_path_factory.mktemp("second-pack")
    content = shutil.copytree(ROOT / "content", folder / "content")
    with live_service(folder / "before") as other:
        other.run("content", "new", PACK, "--title", TITLE, "--code", CODE, "--into", str(content))
    with live_service(folder / "var", EDUPLAN_CONTENT_DIR=str(content)) as service:
        yield service


@pytest.fixture(scope="module")
def token(clinic):
    return clinic.token("system")


def test_the_new_pack_stands_in_the_list_beside_the_first(clinic, token):
    packs = clinic.call("GET", "/api/v1/packs", token).json()["packs"]
    titles = {pack["id"]: pack["title"] for pack in packs}
    assert titles[PACK] == TITLE
    assert "lumbar-spinal-stenosis" in titles


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_the_new_pack_and_its_handouts_can_be_read(clinic, token, edition, language):
    asked = f"edition={edition}&language={language}"
    pack = clinic.call("GET", f"/api/v1/packs/{PACK}?{asked}", token).json()
    assert (pack["id"], pack["edition"], pack["language"]) == (PACK, edition, language)
    assert pack["topics"]
    assert pack["handouts"]
    for handout in pack["handouts"]:
        page = clinic.call("GET", handout["url"], token)
        assert page.status_code == 200
        assert len(page.content) == handout["size"]
        assert re.search(rf"<h1>{re.escape(handout['title'])}</h1>", page.text)


@pytest.mark.parametrize("accept", [FHIR, JSON])
def test_its_code_gives_a_plan_from_it(clinic, token, accept):
    visit = a_visit(f"p-{accept[-9:-5]}", f"e-{accept[-9:-5]}", coding(ICPC2, CODE))
    headers = {"Content-Type": FHIR, "Accept": accept}
    answer = clinic.call(
        "POST", "/api/v1/encounters", token, data=orjson.dumps(visit), headers=headers
    )
    assert answer.status_code == 201
    assert f"{PACK}" in answer.text
    plan = clinic.call("GET", answer.headers["Location"], token, headers={"Accept": JSON}).json()
    assert (plan["pack"]["id"], plan["state"]) == (PACK, "active")
    assert plan["reason"]["code"] == CODE
    assert [topic["state"] for topic in plan["topics"]] == ["open"] * 2


def test_the_first_pack_is_matched_as_before(clinic, token):
    visit = a_visit("p-lumbar", "e-lumbar", LUMBAR)
    headers = {"Content-Type": FHIR, "Accept": JSON}
    answer = clinic.call(
        "POST", "/api/v1/encounters", token, data=orjson.dumps(visit), headers=headers
    )
    assert answer.json()["pack"]["id"] == "lumbar-spinal-stenosis"
    assert "also_covered" not in answer.json()
