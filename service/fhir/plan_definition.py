"""A version of a pack to FHIR R4 PlanDefinition: every topic, in the guideline's order.

A catalogue: no trigger, no condition, no timing, nothing is preselected; so its type is
`order-set`, a checklist for a clinician, and not `clinical-protocol`, which has a sequence
and preconditions (https://hl7.org/fhir/R4/codesystem-plan-definition-type.html). Citizens
read `title`, `subtitle` and `description`, clinicians `usage`, in R4's own sense of them.
"""

from collections.abc import Sequence

from service.domain.content import Audience, GoalTemplate, Pack, Topic
from service.fhir import urls
from service.fhir.activity_definition import headings, objectives, title, topic_code
from service.fhir.elements import JsonObject, coding
from service.fhir.library import citations, library
from service.fhir.material import Material, artifacts
from service.fhir.metadata import conditions, named, published, short, warning
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.translation import (
    in_each_language,
    main_language,
    markdown,
    our_words,
    string,
)
from service.fhir.trigger_codes import depends_on, value_sets

_ORDER_SET: JsonObject = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/plan-definition-type",
            "code": "order-set",
        }
    ]
}


def to_plan_definition(pack: Pack, found: Sequence[Material], service_url: str) -> JsonObject:
    """Return the definition of the pack; `found` is all of its material.

    Ids of goals and actions are `goal.<id>` and `topic.<id>`, the same in every version.
    """
    say = main_language(pack)
    whole = [each for each in found if len(each.handout.topics) != 1]
    usage = in_each_language(
        pack,
        lambda at: f"{pack.title[Audience.PHYSIO].in_language(at)}. {word(at, 'catalogue')}",
    )
    definition: JsonObject = {
        **named(pack, "PlanDefinition", pack.id),
        "text": _text(pack),
        "contained": value_sets(pack),
        **string("title", pack.title[Audience.PATIENT], say),
        **string("subtitle", our_words(pack, "plan"), say),
        "type": _ORDER_SET,
        **published(pack),
        **markdown("description", pack.description, say),
        **string("usage", usage, say),
        "relatedArtifact": [
            *depends_on(pack),
            *artifacts("documentation", whole, service_url),
            *citations(pack),
        ],
        "library": [library(pack.id, pack.version)],
        "goal": [_goal(pack, goal) for goal in pack.goals],
        "action": [_action(pack, topic, found, service_url) for topic in pack.topics],
    }
    return {element: value for element, value in definition.items() if value != []}


def about(topic: Topic, found: Sequence[Material]) -> list[Material]:
    """The material about this topic alone; what is about several belongs to the plan."""
    return [each for each in found if each.handout.topics == (topic.id,)]


def _goal(pack: Pack, goal: GoalTemplate) -> JsonObject:
    """A goal to choose, never one that is set: no priority, no start, no due date."""
    said: JsonObject = {
        "id": short(f"goal.{goal.id}"),
        "description": {
            "coding": [{"system": urls.GOAL, "code": f"{pack.id}.{goal.id}"}],
            **string("text", goal.text, main_language(pack)),
        },
    }
    if about := conditions(pack):
        said["addresses"] = about
    if goal.measure:
        said["target"] = [{"measure": {"coding": [coding(goal.measure)]}}]
    return said


def _action(pack: Pack, topic: Topic, found: Sequence[Material], service_url: str) -> JsonObject:
    say = main_language(pack)
    action: JsonObject = {
        "id": short(f"topic.{topic.id}"),
        **string("title", title(pack, topic), say),
        **string("description", in_each_language(pack, lambda at: headings(topic, at)), say),
        **string("textEquivalent", in_each_language(pack, lambda at: _plain(topic, at)), say),
        "code": [topic_code(pack, topic)],
        "documentation": artifacts("documentation", about(topic, found), service_url),
        "goalId": [short(f"goal.{goal.id}") for goal in pack.goals if topic.id in goal.topics],
        "definitionCanonical": urls.activity_definition(pack.id, topic.id, pack.version),
    }
    return {element: value for element, value in action.items() if value != []}


def _plain(topic: Topic, language: str) -> str:
    text = topic.in_language(language)
    aims = objectives(text, language)
    return f"{text.title[Audience.PHYSIO]}. {aims}" if aims else text.title[Audience.PHYSIO]


def _text(pack: Pack) -> JsonObject:
    say = main_language(pack)
    return narrative(
        say,
        bold(f"{word(say, 'plan')}: {pack.title[Audience.PATIENT].in_language(say)}"),
        paragraph(warning(pack)),
        paragraph(pack.description.in_language(say)),
        listed(word(say, "topics"), (title(pack, topic).in_language(say) for topic in pack.topics)),
        listed(word(say, "offered-goals"), (goal.text.in_language(say) for goal in pack.goals)),
        listed(word(say, "handouts"), (each.title.in_language(say) for each in pack.handouts)),
        paragraph(f"{word(say, 'content')}: {pack.id} {pack.version}. {pack.publisher}."),
    )
