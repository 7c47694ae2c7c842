"""The hook services there are, as discovery tells of them (CDS Hooks 2.0, "Discovery").

What they ask to be sent along is what an education plan is made of: the encounter, and why it is.
"""

from typing import Any

from service.domain.values import dataclass

_REASONS = "Condition?patient={{context.patientId}}&encounter={{context.encounterId}}"
_PROBLEMS = "Condition?patient={{context.patientId}}&category=problem-list-item"
_IN_ENCOUNTER = {"encounter": "Encounter/{{context.encounterId}}", "conditions": _REASONS}


@dataclass(frozen=True, slots=True)
class HookService:
    """One service as discovery tells of it. `in_encounter`: its hook always names one."""

    id: str
    hook: str
    title: str
    description: str
    prefetch: dict[str, str]
    in_encounter: bool = True

    def told(self) -> dict[str, Any]:
        """As a member of `services`."""
        names = ("hook", "title", "description", "id", "prefetch")
        return {name: getattr(self, name) for name in names}


SERVICES = {
    service.id: service
    for service in (
        HookService(
            "education-plan-encounter-start",
            "encounter-start",
            "Patient education: what there is for this encounter",
            "By the codes of the encounter: the education material there is, or which topics of "
            "the patient's education plan are still open.",
            _IN_ENCOUNTER,
        ),
        HookService(
            "education-plan-patient-view",
            "patient-view",
            "Patient education: what there is for this patient",
            "By the codes of the problem list: the education material there is, or which topics "
            "of the patient's education plan are still open.",
            {"conditions": _PROBLEMS},
            in_encounter=False,
        ),
        HookService(
            "education-plan-encounter-discharge",
            "encounter-discharge",
            "Patient education: what is still open at discharge",
            "Which topics of the patient's education plan are still open; without a plan, the "
            "education material there is for the codes of the encounter.",
            _IN_ENCOUNTER,
        ),
    )
}
