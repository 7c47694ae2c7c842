"""What is said over REST, in every field that takes words; the words are put in by a test.

`WORDS` stands where they go. That each field has its place here is held against the routes' own
shapes (test_words_over_rest.py).
"""

from collections.abc import Callable, Iterator
from typing import Any

WORDS = object()
# Put in by their ids, as they are by then: a goal, the newest session, the newest teaching, and
# the plan and a goal of another participant.
GOAL, SESSION, TEACHING, OTHER, THEIRS = "{goal}", "{session}", "{teaching}", "{other}", "{theirs}"

PLAN = "/api/v1/plans/{plan_id}"
_STEPS = [{"text": WORDS}]
_NEW_GOAL = {"text": WORDS, "target": WORDS, "steps": _STEPS}
_CHANGED = {"id": GOAL, "text": WORDS, "target": WORDS, "steps": _STEPS}
_PERSON = {
    "topics": [{"id": "knowledge", "outcome": "taught", "note": WORDS}],
    "methods": ["talk"],
    "barriers": ["language"],
    "barriers_met": WORDS,
    "mood": {"text": WORDS},
    "job": {"situation": "working", "next_agreement": WORDS, "text": WORDS},
    "text": WORDS,
    "goals": [_NEW_GOAL],
}
_NOTHING = {"no_teaching": WORDS, "note": WORDS}
_ALONE = {"no_teaching": "Aflyst", "text": WORDS}  # so that the note has room for it
_GIVEN_UP = {"id": GOAL, "state": "cancelled", "reason": WORDS}

# In the order in which they are told, each by a clinician. One is told more than once where not
# all of it can be said at a time.
TOLD: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", f"{PLAN}/goals", _NEW_GOAL),
    ("POST", f"{PLAN}/teachings", _PERSON | {"goal_changes": [_CHANGED]}),
    ("POST", f"{PLAN}/teachings", _PERSON | {"note": WORDS}),
    (
        "POST",
        f"{PLAN}/corrections",
        {
            "entry": "teaching",
            "id": TEACHING,
            "reason": WORDS,
            "replacement": {"outcome": "taught", "note": WORDS},
        },
    ),
    ("POST", f"{PLAN}/corrections", {"entry": "session", "id": SESSION, "reason": WORDS}),
    ("POST", f"{PLAN}/teachings", _NOTHING | {"goal_changes": [_GIVEN_UP]}),
    ("POST", f"{PLAN}/teachings", _ALONE),
    ("POST", f"{PLAN}/goals", _NEW_GOAL),
    ("PATCH", f"{PLAN}/goals/{{goal_id}}", {n: v for n, v in _CHANGED.items() if n != "id"}),
    ("PATCH", f"{PLAN}/goals/{{goal_id}}", {"state": "cancelled", "reason": WORDS}),
    ("POST", f"{PLAN}/handouts/{{handout_id}}/assignments", {}),
    (
        "POST",
        f"{PLAN}/handouts/{{handout_id}}/assignments",
        {"withdrawn": True, "reason": WORDS},
    ),
    ("POST", f"{PLAN}/goals", _NEW_GOAL),
)
_GROUP = {"topics": [{"id": "prognosis", "outcome": "taught"}], "methods": ["talk"]}
GROUP: tuple[tuple[str, str, dict[str, Any]], ...] = tuple(
    ("POST", f"{PLAN}/teachings", whole | {"participants": [{"plan": OTHER} | told]})
    for whole, told in (
        (_GROUP, _PERSON),
        (_GROUP, {"goal_changes": [_CHANGED | {"id": THEIRS}]}),
        (_GROUP, {"goal_changes": [_GIVEN_UP | {"id": THEIRS}]}),
        (_GROUP, {"text": WORDS, "note": WORDS, "goals": [_NEW_GOAL]}),
        ({"no_teaching": "Aflyst"}, _ALONE),
        ({"no_teaching": "Aflyst"}, {"no_teaching": WORDS}),
    )
)
# Once in the life of a plan.
LAST = ("POST", f"{PLAN}/close", {"outcome": "revoked", "reason": WORDS})


def places(body: Any, place: str = "") -> Iterator[str]:
    """Where words go in a body."""
    if body is WORDS:
        yield place
    elif isinstance(body, dict):
        for name, inner in body.items():
            yield from places(inner, f"{place}/{name}")
    elif isinstance(body, list):
        for number, inner in enumerate(body):
            yield from places(inner, f"{place}/{number}")


def filled(body: Any, say: Callable[[str], str], ids: dict[str, str], place: str = "") -> Any:
    """The body with what `say` has for each place, and with the ids of things."""
    if body is WORDS:
        return say(place)
    if isinstance(body, dict):
        return {name: filled(inner, say, ids, f"{place}/{name}") for name, inner in body.items()}
    if isinstance(body, list):
        return [filled(inner, say, ids, f"{place}/{n}") for n, inner in enumerate(body)]
    return ids.get(body, body) if isinstance(body, str) else body
