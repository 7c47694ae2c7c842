"""Every invariant of our profiles, with the example it is broken in, and how.

A new invariant needs its line here: tests/profiles/test_profiles.py asks for it.
"""

import copy
from collections.abc import Callable
from typing import Any

from service.fhir import urls
from service.fhir.fut import EHEALTH

Json = dict[str, Any]


def _change(**more: Any) -> Callable[[Json], None]:
    return lambda resource: resource.update(more)


def _drop(name: str, **more: Any) -> Callable[[Json], None]:
    def change(resource: Json) -> None:
        resource.pop(name, None)
        resource.update(more)

    return change


def _bad_sha(resource: Json) -> None:
    attachment = resource["content"][0]["attachment"]
    attachment["extension"] = [{"url": urls.EXT_SHA256, "valueString": "ABC"}]


def _first_code_of_snomed(resource: Json) -> None:
    resource["code"]["coding"] = resource["code"]["coding"][::-1]


def _unconditional(resource: Json) -> None:
    del resource["entry"][0]["request"]["ifNoneExist"]


def _second_plan(resource: Json) -> None:
    resource["entry"].append(copy.deepcopy(resource["entry"][0]))


def _not_contained(resource: Json) -> None:
    resource["activity"][0]["reference"]["reference"] = "RequestGroup/1"


def _plan_in_activity(resource: Json) -> None:
    resource["activity"][0]["reference"] = {"reference": "CarePlan/other"}


def _to(name: str, reference: str) -> Callable[[Json], None]:
    """Let the element refer to something of this kind."""

    def change(resource: Json) -> None:
        one = {"reference": reference}
        resource[name] = [one] if isinstance(resource.get(name), list) else one

    return change


def _handout_of_a_group(resource: Json) -> None:
    resource["subject"] = {"reference": "Group/other"}
    resource["recipient"] = [resource["subject"]]


def _question_of_a_group(resource: Json) -> None:
    resource["subject"] = {"reference": "Group/other"}
    resource["sender"] = resource["subject"]


def _observation_as_payload(resource: Json) -> None:
    resource["payload"] = [{"contentReference": {"reference": "Observation/other"}}]


def _assembled_by_an_organization(resource: Json) -> None:
    for agent in resource["agent"]:
        if agent["type"]["coding"][0]["code"] == "assembler":
            agent["who"] = {"reference": "Organization/other"}


def _without_their_codes(resource: Json) -> None:
    resource["code"]["coding"].pop()


def _without_their_type(resource: Json) -> None:
    resource["type"]["coding"].pop()


def _without_their_category(resource: Json) -> None:
    resource["category"][0]["coding"].pop()


def _without_their_extensions(resource: Json) -> None:
    resource["extension"] = [e for e in resource["extension"] if EHEALTH not in e["url"]]


_NO_VERSION = _change(instantiatesCanonical=["https://example.org/Definition/y"])
_GROUP = _to("subject", "Group/other")

# Invariant: the example it is broken in, and how.
INVARIANTS: dict[tuple[str, str], tuple[str, Callable[[Json], None]]] = {
    ("edu-careplan", "edu-canonical"): ("plan-active", _NO_VERSION),
    ("edu-careplan", "edu-subject"): ("plan-active", _GROUP),
    ("edu-careplan", "edu-cp-1"): ("plan-active", _drop("period")),
    ("edu-careplan", "edu-cp-2"): ("plan-active", _change(intent="proposal")),
    ("edu-careplan", "edu-cp-3"): ("plan-active", _plan_in_activity),
    ("edu-careplan-inline", "edu-canonical"): ("plan-inline", _NO_VERSION),
    ("edu-careplan-inline", "edu-subject"): ("plan-inline", _GROUP),
    ("edu-careplan-inline", "edu-cp-1"): ("plan-inline", _drop("period")),
    ("edu-applied-careplan", "edu-canonical"): ("plan-applied", _NO_VERSION),
    ("edu-applied-careplan", "edu-subject"): ("plan-applied", _GROUP),
    ("edu-applied-careplan", "edu-ap-1"): ("plan-applied", _not_contained),
    ("edu-topic-request", "edu-canonical"): ("topic-planned", _NO_VERSION),
    ("edu-topic-request", "edu-subject"): ("topic-planned", _GROUP),
    ("edu-topic-request", "edu-sr-1"): ("topic-planned", _change(status="draft")),
    ("edu-topic-request", "edu-sr-2"): (
        "topic-planned",
        _change(basedOn=[{"reference": "CarePlan/1"}]),
    ),
    ("edu-topic-request", "edu-sr-3"): ("topic-planned", _change(status="revoked")),
    ("edu-topic-request", "edu-sr-4"): ("topic-planned", _first_code_of_snomed),
    ("edu-applied-request", "edu-canonical"): ("topic-applied", _NO_VERSION),
    ("edu-applied-request", "edu-subject"): ("topic-applied", _GROUP),
    ("edu-applied-request", "edu-sr-1"): ("topic-applied", _change(status="active")),
    ("edu-applied-request", "edu-sr-2"): (
        "topic-applied",
        _change(basedOn=[{"reference": "CarePlan/1"}]),
    ),
    ("edu-applied-request", "edu-sr-4"): ("topic-applied", _first_code_of_snomed),
    ("edu-topic-communication-alone", "edu-canonical"): ("taught-alone", _NO_VERSION),
    ("edu-topic-communication-alone", "edu-subject"): ("taught-alone", _GROUP),
    ("edu-topic-communication-alone", "edu-com-1"): (
        "taught-alone",
        _change(statusReason={"text": "x"}),
    ),
    ("edu-topic-communication-alone", "edu-com-2"): ("taught-alone", _drop("sender")),
    ("edu-topic-communication", "edu-com-3"): ("taught", _to("basedOn", "Goal/1")),
    ("edu-topic-communication-alone", "edu-com-4"): (
        "taught-alone",
        _to("recipient", "Organization/1"),
    ),
    ("edu-topic-communication-alone", "edu-com-5"): (
        "taught-alone",
        _to("sender", "Organization/1"),
    ),
    ("edu-handout-communication", "edu-subject"): ("handout-assigned", _handout_of_a_group),
    ("edu-handout-communication", "edu-han-1"): (
        "handout-assigned",
        _to("recipient", "Patient/other"),
    ),
    ("edu-handout-communication", "edu-han-2"): ("handout-assigned", _change(status="stopped")),
    ("edu-handout-communication", "edu-han-3"): ("handout-assigned", _observation_as_payload),
    ("edu-patient-question", "edu-subject"): ("question-asked", _question_of_a_group),
    ("edu-patient-question", "edu-que-1"): ("question-asked", _to("sender", "Patient/other")),
    ("edu-handout", "edu-doc-1"): ("handout-general", _to("subject", "Patient/anna")),
    ("edu-goal", "edu-subject"): ("goal-active", _GROUP),
    ("edu-goal", "edu-goal-2"): ("goal-active", _change(lifecycleStatus="cancelled")),
    ("edu-goal", "edu-goal-3"): ("goal-active", _change(lifecycleStatus="completed")),
    ("edu-goal", "edu-goal-4"): ("goal-achieved", _change(lifecycleStatus="proposed")),
    ("edu-teach-back-alone", "edu-subject"): ("teach-back-alone", _GROUP),
    ("edu-teach-back", "edu-tb-1"): ("teach-back-partial", _to("basedOn", "Goal/1")),
    ("edu-teach-back-response", "edu-subject"): ("teach-back-form", _GROUP),
    ("edu-teach-back-response", "edu-tb-1"): ("teach-back-form", _to("basedOn", "Goal/1")),
    ("edu-visit-observation-alone", "edu-subject"): ("mood-alone", _GROUP),
    ("edu-visit-observation-alone", "edu-vo-1"): ("mood-alone", _drop("meta")),
    ("edu-visit-observation", "edu-vo-2"): ("mood", _to("basedOn", "ServiceRequest/1")),
    ("edu-note", "edu-subject"): ("note", _GROUP),
    ("edu-note", "edu-note-1"): ("note", _change(securityLabel=[{"text": "open"}])),
    ("edu-procedure", "edu-canonical"): ("procedure", _NO_VERSION),
    ("edu-procedure", "edu-subject"): ("procedure", _GROUP),
    ("edu-procedure", "edu-pro-1"): ("procedure", _drop("performedDateTime")),
    ("edu-procedure", "edu-pro-2"): ("procedure-not-done", _drop("statusReason")),
    ("edu-topic-request-fut", "edu-fut-1"): ("topic-fut", _without_their_codes),
    ("edu-topic-request-fut", "edu-fut-2"): ("topic-fut", _without_their_extensions),
    ("edu-handout-fut", "edu-fut-3"): ("handout-fut", _without_their_type),
    ("edu-handout-fut", "edu-fut-4"): ("handout-fut", _without_their_category),
    ("edu-handout-communication-fut", "edu-fut-5"): (
        "handout-assigned-fut",
        _without_their_extensions,
    ),
    ("edu-handout-communication-fut", "edu-fut-6"): (
        "handout-assigned-fut",
        _without_their_category,
    ),
    ("edu-review-task", "edu-task-1"): ("task-requested", _to("focus", "Observation/1")),
    ("edu-review-task", "edu-task-2"): ("task-requested", _to("for", "Group/1")),
    ("edu-review-task", "edu-task-3"): ("task-requested", _to("owner", "Organization/1")),
    ("edu-provenance", "edu-prov-1"): ("provenance", _change(meta={"tag": [{"code": "x"}]})),
    ("edu-provenance", "edu-prov-2"): ("provenance", _assembled_by_an_organization),
    ("edu-transaction-bundle", "edu-bun-1"): ("bundle", _unconditional),
    ("edu-transaction-bundle", "edu-bun-2"): ("bundle", _second_plan),
    ("content-sha256", "edu-sha"): ("handout-general", _bad_sha),
}
# Warnings are not refused: a goal may be set before its date is agreed.
WARNINGS = {("edu-goal", "edu-goal-1")}
