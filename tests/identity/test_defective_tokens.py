"""Fifteen ways in which a token can be wrong, at every route that needs one: never answered.

One table of defects, one of routes (tests/web/test_access.py holds it complete): each test is
one defect, sent to all of them. Missing scopes are 403, everything else is 401.
"""

from collections.abc import Callable

import pytest

from tests.web.test_access import DEFECTS, PROTECTED, call, code_of, forged

EVERYTHING = "system/*.cruds user/*.cruds"
# What the token of a route may not have instead: a scope, but of a type that no route asks for.
OTHER = "system/Medication.cruds user/Medication.cruds"
UNAUTHENTICATED, FORBIDDEN = (401, "not-authenticated"), (403, "not-allowed")

Token = Callable[..., str]
DEFECTIVE: dict[str, tuple[Token, tuple[int, str]]] = {
    "missing": (lambda web: "", UNAUTHENTICATED),
    "malformed": (lambda web: "a.b.c", UNAUTHENTICATED),
    "cut off": (lambda web: forged(web)[:-8], UNAUTHENTICATED),
    "changed by one letter": (lambda web: _changed(forged(web)), UNAUTHENTICATED),
    **{
        name: (lambda web, name=name: forged(web, **DEFECTS[name]), UNAUTHENTICATED)
        for name in (
            *("expired", "not yet valid", "issued in the future", "another issuer"),
            *("another audience", "an id token", "another key", "unsigned", "hmac"),
            *("unknown key id", "key address in the token"),
            *(f"without {claim}" for claim in ("iss", "sub", "aud", "iat", "exp", "jti")),
        )
    },
    "user scopes and no user": (lambda web: forged(web, scope="user/*.cruds"), FORBIDDEN),
    "patient scopes and no patient": (lambda web: forged(web, scope="patient/*.cruds"), FORBIDDEN),
    "no clinic": (lambda web: forged(web, scope=EVERYTHING, tenant=""), FORBIDDEN),
    "scope is empty": (lambda web: forged(web, scope=""), FORBIDDEN),
    "scope is missing": (lambda web: forged(web, drop=("scope",)), FORBIDDEN),
    "scope of another resource": (
        lambda web: forged(web, scope=OTHER, fhirUser="Practitioner/p"),
        FORBIDDEN,
    ),
}


def _changed(token: str) -> str:
    """The claims with another letter in the middle."""
    head, claims, signature = token.split(".")
    middle = len(claims) // 2
    letter = "A" if claims[middle] != "A" else "B"
    return f"{head}.{claims[:middle]}{letter}{claims[middle + 1 :]}.{signature}"


@pytest.mark.parametrize("defect", DEFECTIVE)
def test_a_defective_token_is_refused_at_every_route(web, defect):
    make, wanted = DEFECTIVE[defect]
    token = make(web)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answers = {(method, path): call(web, method, path, headers) for method, path in PROTECTED}
    found = {at: (each.status_code, code_of(each)) for at, each in answers.items()}
    assert {at: each for at, each in found.items() if each != wanted} == {}


def test_the_routes_answer_a_good_token_or_refuse_for_another_reason(web):
    """Else the tests above would hold of a service that refuses everybody."""
    good = web.headers("clinician")
    statuses = [call(web, method, path, good).status_code for method, path in PROTECTED]
    assert 401 not in statuses
    assert statuses.count(403) < len(PROTECTED) / 2


def test_there_are_at_least_fifteen_defects_of_at_least_thirty_routes():
    assert len(DEFECTIVE) >= 15
    assert len(PROTECTED) >= 30
