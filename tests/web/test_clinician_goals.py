"""Goals on the page: suggested, agreed, followed step by step, changed, and ended."""

import pytest

from service.domain.content import GoalTemplate
from tests.builders import BOTH, a_pack, text
from tests.posted import a_bundle
from tests.web.pages import Physio

LADDER = {"goal_text": "Gå til kirken", "goal_by": "8", "goal_target": "800 m"}


def signed(form, **more):
    return form.send("review", **more).form.send("sign")


def with_a_goal(physio):
    form = physio.open().visit.tick("taught", "knowledge").fill(LADDER)
    return signed(form, goal_step="Til hjørnet")


def another(page, topic="work"):
    """The next thing that is written for the visit."""
    return page.visit.tick("taught", topic)


def the_goal(web, goal_id="own-3"):
    (plan,) = web.get("/api/v1/plans?patient=Patient/p1").json["plans"]
    told = web.get(f"/api/v1/plans/{plan['id']}", role="clinician").json["goals"]
    return next(goal for goal in told if goal["id"] == goal_id)


def test_a_goal_stands_with_its_date_its_target_and_its_ladder(physio):
    page = with_a_goal(physio)
    assert page.words(".goal legend") == ["”Gå til kirken” senest 18. jan. 2027"]
    assert "800 m" in page.words(".goal .last")[0]
    assert page.words(".ladder li") == ["Nået: Til hjørnet"]


def test_a_step_is_reached_and_the_next_one_added(physio, web):
    form = another(with_a_goal(physio)).tick("reached-own-3", "0")
    page = signed(form.fill({"step-own-3": "Til broen", "goal-own-3": "improving"}))
    steps = [(step["text"], step["reached"]) for step in the_goal(web)["steps"]]
    assert steps == [("Til hjørnet", "2026-11-23"), ("Til broen", None)]
    assert the_goal(web)["progress"] == "improving"
    assert page.words(".ladder .reached") == ["Til hjørnet – nået 23. nov. 2026"]


def test_a_step_back_is_no_shame(physio, web):
    page = signed(another(with_a_goal(physio)).tick("reached-own-3", "0"))
    form = another(page, "prognosis").tick("undone-own-3", "0")
    signed(form.fill({"goal-own-3": "worsening"}))
    goal = the_goal(web)
    assert (goal["steps"][0]["reached"], goal["progress"]) == (None, "worsening")


def test_words_date_and_target_of_a_goal_are_changed_and_what_is_left_empty_stays(physio, web):
    form = another(with_a_goal(physio))
    signed(form.fill({"due-own-3": "2027-05-01", "reworded-own-3": "Gå til kirken og hjem"}))
    goal = the_goal(web)
    assert (goal["title"], goal["due"], goal["target"]) == (
        "Gå til kirken og hjem",
        "2027-05-01",
        "800 m",
    )


def test_what_happened_to_goals_is_checked_before_it_is_signed(physio):
    form = another(with_a_goal(physio)).tick("reached-own-3", "0")
    check = form.fill({"goal-own-3": "improving"}).send("review")
    (row,) = [each for each in check.words(".answers > div") if each.startswith("Mål")]
    assert "aftalt, går fremad, 18. jan. 2027; trin nået: Til hjørnet" in row
    assert "trin nået: Til hjørnet" in check.form["note"]


@pytest.fixture
def suggesting(make_web):
    """A service whose pack suggests a goal that the patient fills in."""
    goal = GoalTemplate("step", text("Mit næste trin er ____."), ("knowledge",), BOTH)
    web = make_web(a_pack(goals=(goal,)))
    assert web.post(a_bundle()).status_code == 201
    return web


def suggested(web, new, **typed):
    form = new(web).open().visit.tick("taught", "knowledge")
    return form.fill(typed).send("review")


@pytest.fixture
def new():
    return lambda web: Physio(web.client.application.test_client(), web.launch_link)


def test_a_suggestion_is_agreed_with_its_date_and_in_whole_words_only(suggesting, new):
    form = new(suggesting).open().visit.tick("taught", "knowledge").tick("adopt-step", "yes")
    answer = form.send("review")
    assert (answer.status, list(answer.faults)) == (422, ["words-step"])
    typed = {"words-step": "Mit næste trin er trappen.", "due-step": "2027-01-01"}
    page = signed(answer.visit.fill(typed))
    assert page.words(".goal legend") == ["”Mit næste trin er trappen.” senest 1. jan. 2027"]


def test_a_suggestion_that_was_written_in_and_not_ticked_is_asked_about(suggesting, new):
    answer = suggested(suggesting, new, **{"words-step": "Mit næste trin er trappen."})
    assert (answer.status, list(answer.faults)) == (422, ["adopt-step"])
    assert answer.visit["words-step"] == "Mit næste trin er trappen."


def test_a_suggestion_left_as_it_is_belongs_to_nobody(suggesting, new):
    assert suggested(suggesting, new).status == 200


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"due-own-3": "snart"}, "due-own-3"),
        ({"goal-own-3": "cancelled"}, "why-own-3"),
        ({"goal-own-3": "flown"}, "goal-own-3"),
    ],
)
def test_a_mistake_in_a_goal_is_named_at_its_field(physio, web, typed, field):
    page = with_a_goal(physio)
    sent = {"csrf": page.visit["csrf"], "action": "review", "taught": "work"}
    sent |= {"learner": "patient", "method": "talk"}
    answer = physio.post(page.path, sent | typed)
    assert (answer.status, list(answer.faults)) == (422, [field])
    assert answer.words(f"#{field}-error")
    assert answer.select(f"#{field}")
