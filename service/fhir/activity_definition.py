"""A topic of a pack to FHIR R4 ActivityDefinition: what a ServiceRequest for it is made of.

Citizens read `title`, `subtitle` and `description`; `purpose` and `usage` are for clinicians
(R4: description is from a consumer's, usage from a clinical perspective; the Danish FUT
guide parts them likewise). What only a physiotherapist is to read stands in `usage` alone.
"""

from collections.abc import Callable, Sequence

from service.domain.content import Audience, Edition, Pack, Text, Topic, TopicText
from service.fhir import urls
from service.fhir.elements import JsonObject, coding
from service.fhir.material import Material, artifacts
from service.fhir.metadata import named, published, warning
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.translation import in_each_language, main_language, markdown, string

Compose = Callable[[TopicText, str], str]

APPLIED = f"{urls.BASE}/StructureDefinition/edu-applied-request"


def to_activity_definition(
    pack: Pack, topic: Topic, own: Sequence[Material], service_url: str
) -> JsonObject:
    """Return the definition of one topic; `own` is the material about this topic alone."""
    say = main_language(pack)
    return {
        **named(pack, "ActivityDefinition", pack.id, topic.id),
        "text": _text(pack, topic),
        **string("title", title(pack, topic), say),
        **string("subtitle", pack.title[Audience.PATIENT], say),
        **published(pack),
        **markdown("description", _composed(pack, topic, _for_citizens(pack)), say),
        **markdown("purpose", _composed(pack, topic, objectives), say),
        **string("usage", _composed(pack, topic, _for_clinicians), say),
        **({"relatedArtifact": artifacts("documentation", own, service_url)} if own else {}),
        "kind": "ServiceRequest",
        "profile": APPLIED,
        "code": topic_code(pack, topic),
        "intent": "proposal",
    }


def title(pack: Pack, topic: Topic) -> Text:
    """What citizens call the topic; the clinician's name where no text is for patients."""
    return in_each_language(pack, lambda language: _title(topic.in_language(language)))


def topic_code(pack: Pack, topic: Topic) -> JsonObject:
    """The code that the ServiceRequest of the topic will have, in the clinician's words."""
    own: JsonObject = {"system": urls.TOPIC, "code": f"{pack.id}.{topic.id}"}
    words = in_each_language(pack, lambda at: topic.in_language(at).title[Audience.PHYSIO])
    return {
        "coding": [own, *(coding(code) for code in topic.codes)],
        **string("text", words, main_language(pack)),
    }


def headings(topic: Topic, language: str) -> str:
    """What a citizen will read about, in the words of the authors' headings, or ""."""
    points = topic.in_language(language).points
    found = [point.heading for point in points if point.audience is Audience.PATIENT]
    return " · ".join(dict.fromkeys(filter(None, found)))


def objectives(text: TopicText, language: str) -> str:
    """What the patient is to be able to do afterwards, as a list, or ""."""
    return _list(word(language, "objectives"), text.learning_objectives)


def _composed(pack: Pack, topic: Topic, compose: Compose) -> Text:
    return in_each_language(pack, lambda at: compose(topic.in_language(at), at))


def _title(text: TopicText) -> str:
    return text.title.get(Audience.PATIENT) or text.title[Audience.PHYSIO]


def _for_citizens(pack: Pack) -> Compose:
    """The shortest edition: selected by the authors, with all safety advice (decision 0005)."""
    edition = Edition.PIXI if Edition.PIXI in pack.editions else pack.editions[0]

    def compose(text: TopicText, _language: str) -> str:
        points = text.select(edition, Audience.PATIENT)
        return _list("", [point.words(edition) for point in points])

    return compose


def _for_clinicians(text: TopicText, language: str) -> str:
    points = [point.text for point in text.points if point.audience is Audience.PHYSIO]
    parts = (
        text.title[Audience.PHYSIO],
        _list(word(language, "physio"), points),
        _list(word(language, "teach-back"), text.teach_back),
        _list(word(language, "observe"), text.observe),
    )
    return "\n\n".join(part for part in parts if part)


def _list(heading: str, items: Sequence[str]) -> str:
    """A Markdown list below its heading; "" without items."""
    rows = "\n".join(f"- {item}" for item in items)
    return f"{heading}:\n\n{rows}" if heading and rows else rows


def _text(pack: Pack, topic: Topic) -> JsonObject:
    say = main_language(pack)
    text = topic.in_language(say)
    return narrative(
        say,
        bold(_title(text)),
        paragraph(warning(pack)),
        paragraph(headings(topic, say)),
        listed(word(say, "objectives"), text.learning_objectives),
        paragraph(f"{word(say, 'content')}: {pack.id} {pack.version}."),
    )
