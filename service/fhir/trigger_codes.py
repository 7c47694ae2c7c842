"""The codes a pack knows, as value sets a client can read inside its PlanDefinition.

They are contained, for they have no life outside this version of the pack, and the façade
serves no ValueSet of a pack. Why a code is in a set is R4's extension
`valueset-concept-comments`.
"""

from collections.abc import Sequence
from itertools import groupby

from service.domain.content import Pack, TriggerCode
from service.domain.matching import Confidence
from service.fhir.elements import JsonObject
from service.fhir.metadata import STATUS, computer_name
from service.fhir.translation import main_language, our_words, string

WHY = "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments"


def value_sets(pack: Pack) -> list[JsonObject]:
    """Return the sets `exact`, `possible` and `never`, but none that would be empty.

    Source: decision 6. Codes stand without displays, which have owners (decision 5).
    """
    return [_value_set(pack, name, codes) for name, codes in _triggers(pack)]


def depends_on(pack: Pack) -> list[JsonObject]:
    """Return a related artifact for each of the sets; its label is the confidence."""
    say = main_language(pack)
    return [
        {
            "type": "depends-on",
            "label": name,
            **string("display", our_words(pack, name), say),
            "resource": f"#{name}",
        }
        for name, _ in _triggers(pack)
    ]


def _triggers(pack: Pack) -> list[tuple[str, Sequence[TriggerCode]]]:
    found = {
        Confidence.EXACT: pack.triggers.exact,
        Confidence.POSSIBLE: pack.triggers.possible,
        Confidence.NEVER: pack.triggers.never,
    }
    return [(confidence.value, codes) for confidence, codes in found.items() if codes]


def _value_set(pack: Pack, name: str, codes: Sequence[TriggerCode]) -> JsonObject:
    say = main_language(pack)
    in_systems = groupby(sorted(codes, key=_system), key=_system)
    return {
        "resourceType": "ValueSet",
        "id": name,
        "language": say,
        "name": computer_name(pack.id, name),
        **string("title", our_words(pack, name), say),
        "status": STATUS[pack.state],
        "compose": {
            "include": [
                {"system": system, "concept": [_concept(code, say) for code in inside]}
                for system, inside in in_systems
            ]
        },
    }


def _concept(code: TriggerCode, language: str) -> JsonObject:
    # In one language: R4 lets `_valueString` stand beside it, but fhir.resources has none.
    why = {"url": WHY, "valueString": code.why.in_language(language)}
    return {"extension": [why], "code": code.coding.code}


def _system(code: TriggerCode) -> str:
    return code.coding.system
