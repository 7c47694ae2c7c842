"""Which pack does this encounter call for, how surely, and why.

Three answers (decision 6): *exact* makes a plan, *possible* makes a proposal that a
clinician confirms, *never* keeps a pack away from its look-alike (neck codes share
ICD-10 M48.0 with the low back). Looked up by code only: nothing about the patient is
read, so the service stays a catalogue and never a decision aid (mission, intended purpose).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from service.domain.codes import Coding, Key
from service.domain.content import Pack, Text, TriggerCode
from service.domain.encounter import Condition, Encounter
from service.domain.values import dataclass


class Confidence(StrEnum):
    EXACT = "exact"
    POSSIBLE = "possible"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one code says about one pack. `why` is told to the clinician."""

    pack: Pack
    confidence: Confidence
    why: Text


@dataclass(frozen=True, slots=True)
class Match:
    """The pack an encounter calls for, by which condition and code, and why.

    `also` names other packs that the same encounter calls for, to be asked for by id.
    """

    pack: Pack
    confidence: Confidence
    condition: Condition
    coding: Coding
    why: Text
    also: tuple[str, ...] = ()


Rules = Mapping[Key, tuple[Rule, ...]]

NO_REASON = Text({"da": "", "en": ""})
CLINIC_LIST = Text(
    {
        "da": "Klinikken har selv sat koden på listen.",
        "en": "The clinic has put this code on its own list.",
    }
)


def index_rules(packs: Iterable[Pack], clinic_codes: Mapping[str, Iterable[Coding]]) -> Rules:
    """Build the look-up from code to rules: one dict, however many packs there are.

    `clinic_codes` are a clinic's own exact codes by pack id; they go before the pack's.
    """
    rules: dict[Key, dict[str, Rule]] = {}
    for pack in packs:
        for confidence, codes in _stated(pack):
            for trigger in codes:
                rules.setdefault(trigger.coding.key, {})[pack.id] = Rule(
                    pack, confidence, trigger.why
                )
        for coding in clinic_codes.get(pack.id, ()):
            rules.setdefault(coding.key, {})[pack.id] = Rule(pack, Confidence.EXACT, CLINIC_LIST)
    return {key: tuple(by_pack.values()) for key, by_pack in rules.items()}


def match(encounter: Encounter, rules: Rules, wanted_pack: str = "") -> Match | None:
    """Return what the encounter calls for, or None when no pack covers it.

    Exact goes before possible; among equals the record's own order of conditions
    decides. A code that says *never* silences that pack for its whole condition.
    """
    found = [
        (rule, condition, coding)
        for condition in encounter.conditions
        for rule, coding in _match_condition(condition, rules)
        if wanted_pack in ("", rule.pack.id)
    ]
    if not found:
        return None
    found.sort(key=lambda hit: hit[0].confidence is not Confidence.EXACT)  # stable
    first, condition, coding = found[0]
    others = dict.fromkeys(rule.pack.id for rule, *_ in found if rule.pack.id != first.pack.id)
    return Match(first.pack, first.confidence, condition, coding, first.why, tuple(others))


def _match_condition(condition: Condition, rules: Rules) -> list[tuple[Rule, Coding]]:
    """What the condition says of each pack, and by which of its codes."""
    hits: dict[str, tuple[Rule, Coding]] = {}
    refused: set[str] = set()
    for coding in condition.codings:
        for rule in rules.get(coding.key, ()):
            if rule.confidence is Confidence.NEVER:
                refused.add(rule.pack.id)
                continue
            known = hits.get(rule.pack.id)
            if known is None or known[0].confidence is Confidence.POSSIBLE:
                hits[rule.pack.id] = rule, coding
    return [hit for pack_id, hit in hits.items() if pack_id not in refused]


def _stated(pack: Pack) -> tuple[tuple[Confidence, tuple[TriggerCode, ...]], ...]:
    triggers = pack.triggers
    return (
        (Confidence.POSSIBLE, triggers.possible),
        (Confidence.EXACT, triggers.exact),
        (Confidence.NEVER, triggers.never),
    )
