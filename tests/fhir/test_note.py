"""The note: short, the same every time, and nothing that was not said."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.content import Edition
from service.domain.correcting import correct_teaching
from service.domain.documenting import record_session
from service.domain.goal import Goal, GoalState, Step
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
    Understanding,
)
from service.fhir.note import FORMS, WORDS, note_text, text_for_the_record
from tests.builders import CHANGE, NOW, a_pack, a_plan, a_session, a_teaching, a_topic

GOAL = Goal("own-1", "gå til bageren", state=GoalState.ACTIVE, due=date(2027, 1, 15))


def note(*teachings, plan=None, form="plain", **more):
    plan = record_session(plan or a_plan(), a_session(*teachings, **more), CHANGE)
    return note_text(plan, plan.sessions[-1], form=form)


def test_it_says_what_was_taught_and_what_was_understood():
    text = note(
        a_teaching("knowledge", understanding=Understanding.UNDERSTOOD),
        a_teaching("prognosis", understanding=Understanding.NOT_UNDERSTOOD),
        a_teaching("work", Outcome.DEFERRED),
        next_step=NextStep.FOLLOW_UP,
    )
    assert text == (
        "Patientuddannelse, lumbal spinalstenose (fuld, lumbar-spinal-stenosis 1.0.0, da). "
        "Materialet er en kladde. Samtale, patient. Gennemgået i dag: Knowledge; Prognosis. "
        "Udsat: Work. Forståelse: Knowledge: forklarer med egne ord; Prognosis: tages op igen. "
        "Næste: følges op ved næste besøg."
    )


def test_it_is_in_the_language_of_the_plan():
    text = note(a_teaching(), plan=a_plan(language="en"), edition=Edition.PIXI, minutes=12)
    assert "Covered today: Knowledge." in text
    assert "PIXI" in text
    assert "about 12 min" in text


def test_what_was_not_noted_is_left_out_and_never_told_as_none():
    text = note(a_teaching())
    for word in ("Barrierer", "Humør", "Arbejde", "Forståelse", "Mål", "Næste", "ikke afprøvet"):
        assert word not in text
    assert "Barrierer: ingen oplyst." in note(a_teaching(), barriers=(Barrier.NONE,))


def test_a_visit_without_teaching_says_why():
    text = note(teachings=(), methods=(), no_teaching="havde for ondt")
    assert "Ingen undervisning i dag: havde for ondt." in text


def test_a_goal_is_in_the_patients_words_with_its_date():
    assert "Mål (patientens ord): ”gå til bageren”, senest 15.01.2027." in note(
        a_teaching(), goals=(GOAL,)
    )


def test_a_step_of_the_ladder_is_told_on_the_day_it_was_reached():
    steps = (Step("til hjørnet", reached=NOW.date()), Step("til kirken", reached=date(2026, 11, 1)))
    assert "”gå til bageren”, senest 15.01.2027, trin nået: til hjørnet." in note(
        a_teaching(), goals=(replace(GOAL, steps=steps),)
    )


def test_a_goal_that_ends_with_a_full_stop_gives_one_full_stop():
    goal = Goal("own-1", "Jeg går til bageren.", state=GoalState.ACTIVE)
    assert "”Jeg går til bageren”. " in note(a_teaching(), goals=(goal,), next_step=NextStep.CLOSE)


def test_what_somebody_wrote_with_a_full_stop_gives_one_full_stop():
    text = note(a_teaching(), job=Job(None, "Møde 1. dec."), barriers=(Barrier.SIGHT,))
    assert "næste aftale: Møde 1. dec. " not in text
    assert text.endswith("næste aftale: Møde 1. dec.")


def test_soap_has_the_patients_words_under_s_and_the_education_under_p():
    text = note(
        a_teaching("knowledge", understanding=Understanding.PARTIAL, note="Hvorfor mig?"),
        goals=(GOAL,),
        mood=Mood((MoodCue.FEAR,)),
        form="soap",
    )
    lines = dict(line.split(": ", 1) for line in text.splitlines())
    assert list(lines) == ["S", "O", "A", "P"]
    assert "gå til bageren" in lines["S"]
    assert "Hvorfor mig?" in lines["S"]
    assert "frygt" in lines["O"]
    assert lines["A"] == "Skal tages op igen: Knowledge."
    assert lines["P"].startswith("Patientuddannelse")


def test_an_entry_in_error_is_not_told():
    plan = record_session(a_plan(), a_session(a_teaching(), a_teaching("work")), CHANGE)
    plan = correct_teaching(plan, 2, "Fejl", None, CHANGE)
    text = note_text(plan, plan.sessions[0])
    assert "Work" in text
    assert "Knowledge" not in text


def test_what_had_to_be_shortened_stands_in_full_in_the_record():
    long = " ".join(f"ord{number}" for number in range(300))
    plan = record_session(a_plan(), a_session(text=long), CHANGE)
    session = plan.sessions[0]
    assert len(note_text(plan, session).split()) == WORDS
    assert long not in note_text(plan, session)
    assert text_for_the_record(plan, session).endswith(f"\n\n{long}")


def test_what_was_edited_is_what_stands():
    plan = record_session(a_plan(), a_session(note="Som jeg skrev det."), CHANGE)
    assert text_for_the_record(plan, plan.sessions[0]) == "Som jeg skrev det."


def test_an_edited_note_is_left_as_it_is_and_says_below_what_was_corrected():
    told = a_session(a_teaching(), a_teaching("work"), note="Vi nåede det hele.")
    plan = record_session(a_plan(), told, CHANGE)
    instead = a_teaching(outcome=Outcome.DEFERRED)
    plan = correct_teaching(plan, 2, "Det nåede vi ikke.", instead, CHANGE)
    plan = correct_teaching(plan, 3, "Forkert linje", None, CHANGE)
    assert text_for_the_record(plan, plan.sessions[0]).split("\n\n") == [
        "Vi nåede det hele.",
        "Rettet bagefter: Knowledge: gennemgået. Det var en fejl: Det nåede vi ikke.",
        "I stedet: udsat.",
        "Rettet bagefter: Work: gennemgået. Det var en fejl: Forkert linje.",
    ]


def test_why_a_topic_was_not_taught_stands_behind_it():
    later = a_teaching("work", Outcome.DEFERRED, reason=Reason.NO_TIME)
    assert "Udsat: Work (manglende tid)." in note(a_teaching(), later)


WORDY = st.lists(st.sampled_from(["går", "trappen", "smerter,", "i", "morgen."]), max_size=200).map(
    " ".join
)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), form=st.sampled_from(FORMS), language=st.sampled_from(["da", "en"]))
def test_it_never_has_more_than_120_words_and_is_always_the_same(data, form, language):
    names = [f"topic-{number}" for number in range(data.draw(st.integers(1, 40)))]
    plan = a_plan(pack=a_pack(topics=tuple(map(a_topic, names)), goals=()), language=language)
    teachings = []
    for topic in names:
        outcome = data.draw(st.sampled_from([o for o in Outcome if o is not Outcome.REPEATED]))
        result = data.draw(st.sampled_from(Understanding)) if outcome.was_taught else None
        more = {"understanding": result} if result else {}
        teachings.append(a_teaching(topic, outcome, note=data.draw(WORDY), **more))
    session = a_session(
        *teachings,
        learners=tuple(Learner),
        interpreter=True,
        minutes=45,
        methods=tuple(Method),
        readiness=data.draw(st.sampled_from(Readiness)),
        barriers=tuple(b for b in Barrier if b is not Barrier.NONE),
        barriers_met=data.draw(WORDY),
        mood=Mood(tuple(MoodCue), data.draw(WORDY)),
        job=Job(data.draw(st.sampled_from(JobSituation)), data.draw(WORDY), data.draw(WORDY)),
        next_step=data.draw(st.sampled_from(NextStep)),
        goals=(GOAL,) * data.draw(st.integers(0, 2)),
        text=data.draw(WORDY),
    )
    plan = record_session(plan, session, CHANGE)
    text = note_text(plan, plan.sessions[0], form=form)
    assert len(text.split()) <= WORDS
    assert text == note_text(plan, plan.sessions[0], form=form)
    assert "  " not in text


@pytest.mark.parametrize("form", FORMS)
def test_every_code_has_its_words(form):
    for result in Understanding:
        assert note(a_teaching(understanding=result), form=form)
    for step in NextStep:
        assert note(a_teaching(), next_step=step, form=form)
