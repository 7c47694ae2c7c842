"""The lifecycle table as FHIR: whatever a clinician does, each status moves along it.

The course is that of `tests/domain/test_course.py`; here the record is looked at after each
step. A correction alone may take a request back from an end, for it was never there.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from service.domain.correcting import correct_goal, correct_plan, correct_session, correct_teaching
from service.domain.plan import PlanState, confirm_plan
from service.fhir.bundle import to_bundle
from tests.builders import CHANGE, STENOSIS_ANYWHERE, a_condition, a_plan, an_encounter
from tests.domain.test_course import Course
from tests.fhir.test_visit import faults

ERROR = "entered-in-error"
# The status of a resource, and those it may move to from one revision to the next.
MOVES = {
    "CarePlan": {"draft": {"active"}, "active": {"completed", "revoked"}},
    "ServiceRequest": {"draft": {"active"}, "active": {"completed", "revoked"}},
    "Goal": {"proposed": {"active", "cancelled"}, "active": {"completed", "cancelled"}},
    "Communication": {},
    "Observation": {},
    "DocumentReference": {},
}
CORRECTIONS = (correct_teaching, correct_session, correct_goal, correct_plan)


def status(resource):
    return resource.get("status") or resource.get("lifecycleStatus")


class Record(Course):
    """Looks at what the record is told after each step of the course."""

    def __init__(self) -> None:
        super().__init__()
        self.corrected = False
        self.told = {}
        self.revision = 0

    @initialize(possible=st.booleans())
    def begin(self, possible):
        if possible:
            self.plan = a_plan(an_encounter(a_condition(STENOSIS_ANYWHERE)))

    def try_to(self, change, *given, **more) -> None:
        self.corrected = change in CORRECTIONS
        super().try_to(change, *given, **more)

    @precondition(lambda self: self.plan.state is PlanState.PROPOSED)
    @rule()
    def confirm(self):
        self.plan = confirm_plan(self.plan, "Practitioner/fys1", CHANGE.at)

    @rule(data=st.data())
    def take_back_a_goal(self, data):
        goal = data.draw(st.sampled_from([goal.id for goal in self.plan.goals]))
        self.try_to(correct_goal, goal, "Fejl", CHANGE)

    @invariant()
    def every_status_moves_along_the_table(self):
        if self.plan.revision == self.revision:
            return
        bundle = to_bundle(self.plan, service_url="https://e.example", caller="ehr")
        entries = {e["fullUrl"]: e for e in bundle["entry"] if "Provenance" not in e["fullUrl"]}
        now = {url: e["resource"] for url, e in entries.items() if status(e["resource"])}
        assert set(self.told) <= set(now), "what the record has heard of is not taken away"
        for url, before in self.told.items():
            if before != now[url]:
                assert entries[url]["request"]["method"] == "PUT", f"{url} changes untold"
            self._may_move(before, now[url])
        assert faults(bundle) == []
        self.told, self.revision, self.corrected = now, self.plan.revision, False

    def _may_move(self, before, after):
        kind, old, new = before["resourceType"], status(before), status(after)
        if old == new or (new == ERROR and self.corrected):
            return
        taken_back = self.corrected and kind == "ServiceRequest" and old != ERROR
        assert taken_back or new in MOVES[kind].get(old, ()), f"{kind}: {old} became {new}"

    @invariant()
    def an_ended_goal_says_how_it_ended(self):
        for each in self.told.values():
            if each["resourceType"] == "Goal" and each["lifecycleStatus"] == "completed":
                (coded,) = each["achievementStatus"]["coding"]
                assert coded["code"] in ("achieved", "not-achieved")
            if each["resourceType"] == "Goal" and each["lifecycleStatus"] == "cancelled":
                assert each["statusReason"]

    @invariant()
    def what_was_not_done_says_why(self):
        for each in self.told.values():
            if each["resourceType"] == "Communication" and each["status"] == "not-done":
                assert each["statusReason"]
            if each["resourceType"] == "ServiceRequest" and each["status"] == "revoked":
                assert any("statusReason" in told["url"] for told in each["extension"])


TestRecord = Record.TestCase
TestRecord.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
