"""SMART v2 scopes: what a token may do, and in which context (SMART App Launch 2.2, scopes).

Beside them one word of our own: SMART has no scope for watching over a service, and no
wildcard of SMART's may grant it.
"""

import re

from service.domain.values import dataclass

CONTEXTS = ("patient", "user", "system")  # narrowest first: a token acts in the first it has

MONITOR = "education-plan/monitor"

_SCOPE = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.(\*|read|write|c?r?u?d?s?)")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}


@dataclass(frozen=True, slots=True)
class Scopes:
    """The granted scopes as (context, resource type) to the letters of cruds.

    `contexts` are those that have any, narrowest first; `monitors` allows to watch over the
    service, and nothing else.
    """

    granted: dict[tuple[str, str], frozenset[str]]
    contexts: tuple[str, ...]
    monitors: bool = False

    def allows(self, context: str, resource_type: str, letter: str) -> bool:
        named = self.granted.get((context, resource_type), ())
        return letter in named or letter in self.granted.get((context, "*"), ())


def parse_scopes(text: str) -> Scopes:
    """Read a scope string. What is not understood grants nothing.

    A scope restricted by a query (`patient/Observation.rs?category=…`) is refused as a
    whole: honouring half of it would grant more than was meant.
    """
    granted: dict[tuple[str, str], frozenset[str]] = {}
    words = text.split()
    for word in words:
        if found := _SCOPE.fullmatch(word):
            context, resource_type, letters = found.groups()
            key = (context, resource_type)
            granted[key] = granted.get(key, frozenset()) | set(_V1.get(letters, letters))
    held = {context for context, _ in granted}
    contexts = tuple(context for context in CONTEXTS if context in held)
    return Scopes(granted, contexts, monitors=MONITOR in words)
