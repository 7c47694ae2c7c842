"""The form says what a session says, both ways."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.content import Edition
from service.domain.teaching import (
    Barrier,
    Job,
    JobSituation,
    Learner,
    Method,
    Mood,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Reason,
    Session,
    Teaching,
    Understanding,
)
from service.web.typed_fields import typed
from service.web.visit_form import Visit, fields_of, to_signed
from tests.builders import NOW, a_plan

PLAN = a_plan()
WORDS = st.sampled_from(["", "Utryg på trapper", "Linje et\nlinje to"])


def some(kind):
    return st.lists(st.sampled_from(list(kind)), unique=True).map(tuple)


def maybe(kind):
    return st.none() | st.sampled_from(list(kind))


@st.composite
def teachings(draw):
    found = []
    for topic in PLAN.topics:
        outcome = draw(maybe([o for o in Outcome if o is not Outcome.REPEATED]))
        if outcome is not None:
            taught = outcome.was_taught
            result = draw(st.sampled_from(Understanding)) if taught else Understanding.NOT_ASSESSED
            reason = None if taught else draw(maybe(Reason))
            found.append(Teaching(topic.id, outcome, result, reason, draw(WORDS)))
    return tuple(found)


SESSIONS = st.builds(
    Session,
    encounter=st.just("Encounter/e1"),
    at=st.just(NOW),
    practitioner=st.just(""),
    edition=st.sampled_from(Edition),
    teachings=teachings(),
    learners=some(Learner),
    interpreter=st.booleans(),
    readiness=maybe(Readiness),
    methods=some(Method),
    barriers=some(Barrier),
    barriers_met=WORDS,
    minutes=st.integers(0, 1_440),
    mood=st.none() | st.builds(Mood, some(MoodCue), WORDS),
    job=st.none() | st.builds(Job, maybe(JobSituation), WORDS, WORDS),
    next_step=maybe(NextStep),
    text=WORDS,
    no_teaching=WORDS,
)


@settings(deadline=None, max_examples=150)
@given(SESSIONS)
def test_what_was_signed_comes_back_as_the_form_that_said_it(session):
    fields = typed(list(fields_of(session).items()))
    visit = Visit(session.encounter, session.at, session.at.date())
    again = to_signed(PLAN, fields, visit, key="", revision=1).session
    mood, job = session.mood or Mood(), session.job or Job()
    said = replace(
        session, mood=mood if mood != Mood() else None, job=job if job != Job() else None
    )
    assert again == said
