"""Any course of visits, however it goes: the lifecycle table holds (hypothesis)."""

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.domain.correcting import correct_plan, correct_session, correct_teaching
from service.domain.documenting import add_goal, change_goal, close_plan, record_session
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import Goal, GoalChange, GoalState
from service.domain.plan import PlanState, continue_plan
from service.domain.teaching import Outcome, TopicState, Understanding
from service.store.plan_json import from_row, to_json
from tests.builders import CHANGE, a_match, a_plan, a_session, a_teaching, an_encounter

TOPICS = st.sampled_from(["knowledge", "prognosis", "work"])
TEACHINGS = st.lists(
    st.builds(
        a_teaching,
        TOPICS,
        st.sampled_from(Outcome),
        understanding=st.sampled_from(Understanding),
    ),
    max_size=3,
)
REFUSED = (IllegalTransition, InvalidField, NotFound)


class Course(RuleBasedStateMachine):
    """A clinician who does anything at all, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = a_plan()
        self.visits = 1

    def try_to(self, change, *given, **more) -> None:
        before = self.plan
        try:
            after = change(before, *given, **more)
        except REFUSED:
            return
        assert after is before or after.revision == before.revision + 1
        assert after.last_number >= before.last_number
        self.plan = after

    @rule(teachings=TEACHINGS, no_teaching=st.sampled_from(["", "Ingen tid"]))
    def sign(self, teachings, no_teaching):
        session = a_session(
            teachings=tuple(teachings),
            no_teaching=no_teaching,
            encounter=self.plan.visits[-1].encounter,
        )
        self.try_to(record_session, session, CHANGE)

    @rule(topic=TOPICS, outcome=st.sampled_from(Outcome), result=st.sampled_from(Understanding))
    def take_up(self, topic, outcome, result):
        """One topic and nothing else, in words that were not used before: most often lawful."""
        result = result if outcome.was_taught else Understanding.NOT_ASSESSED
        said = a_teaching(topic, outcome, understanding=result, note=str(self.plan.revision))
        session = a_session(said, encounter=self.plan.visits[-1].encounter)
        self.try_to(record_session, session, CHANGE)

    @precondition(lambda self: self.plan.is_open)
    @rule()
    def come_again(self):
        self.visits += 1
        visit = an_encounter(reference=f"Encounter/e{self.visits}")
        self.plan = continue_plan(self.plan, visit, a_match(), CHANGE.at)

    @rule(number=st.integers(0, 12), again=st.booleans(), result=st.sampled_from(Understanding))
    def correct(self, number, again, result):
        known = [t for s in self.plan.sessions for t in s.teachings if t.number == number]
        topic = known[0].topic if known else "knowledge"
        instead = a_teaching(topic, understanding=result) if again else None
        self.try_to(correct_teaching, number, "Fejl", instead, CHANGE)

    @rule(number=st.integers(0, 12))
    def take_back(self, number):
        self.try_to(correct_session, number, "Fejl", CHANGE)

    @rule(text=st.sampled_from(["Gå", "Cykle", " "]))
    def agree(self, text):
        self.try_to(add_goal, Goal("", text), CHANGE)

    @rule(data=st.data(), state=st.sampled_from([None, *GoalState]), agreed=st.booleans())
    def follow(self, data, state, agreed):
        goal = data.draw(st.sampled_from([goal.id for goal in self.plan.goals]))
        change = GoalChange(state=state, agreed=agreed, reason="Derfor")
        self.try_to(change_goal, goal, change, CHANGE)

    @precondition(lambda self: self.visits > 2)
    @rule(reason=st.sampled_from(["", "Flyttet"]), revoked=st.booleans())
    def close(self, reason, revoked):
        self.try_to(close_plan, reason, CHANGE, revoked=revoked)

    @precondition(lambda self: self.visits > 3)
    @rule()
    def wrong_patient(self):
        self.try_to(correct_plan, "Forkert patient", CHANGE)

    @invariant()
    def no_number_is_used_twice(self):
        numbers = [s.number for s in self.plan.sessions]
        numbers += [t.number for s in self.plan.sessions for t in s.teachings]
        assert len(numbers) == len(set(numbers))
        assert all(0 < number <= self.plan.last_number for number in numbers)

    @invariant()
    def states_are_what_the_sessions_say(self):
        for topic in self.plan.topics:
            *_, last = self.plan.rounds(topic)
            if self.plan.state is not PlanState.IN_ERROR:
                assert topic.state is last.state

    @invariant()
    def done_means_taught_and_not_known_to_be_unclear(self):
        """Rule (b) of the lifecycle: what is completed has been taught."""
        for topic in self.plan.topics:
            for each in self.plan.rounds(topic):
                if each.state is TopicState.DONE:
                    assert any(t.outcome.was_taught for t in each.teachings)
                if each.state is TopicState.REPEAT:
                    assert any(t.understanding.is_unclear for t in each.teachings)

    @invariant()
    def nobody_completes_a_plan_with_open_topics_in_silence(self):
        """Rule (c): every request is settled, or the reason is told."""
        if self.plan.state is PlanState.COMPLETED and not self.plan.ended:
            assert all(topic.state.is_resolved for topic in self.plan.topics)

    @invariant()
    def nothing_is_written_in_a_revision_to_come(self):
        newest = self.plan.revision
        written = [topic.changed for topic in self.plan.topics]
        written += [goal.changed for goal in self.plan.goals]
        written += [s.changed for s in self.plan.sessions]
        written += [t.changed for s in self.plan.sessions for t in s.teachings]
        assert all(1 <= revision <= newest for revision in written)

    @invariant()
    def it_is_kept_as_it_is(self):
        assert from_row(orjson.loads(to_json(self.plan))) == self.plan


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
