"""The authorization matrix of pages: who gets what at which address, by session, as data.

A cell says what the browser gets: `2` a page that tells of the patient, `F` one that does not,
`>` it is sent on, `1` 401, `3` 403, `4` 404 and the same as of what never was, `0` 400 or 422.
"""

from typing import Any

from tests.web.authorization import Row, read_rows

SESSIONS = {
    "none": "nobody",
    "tok": "the record of the clinic, with a token and no session",
    "old": "a clinician whose launch has expired",
    "left": "a clinician who has logged out",
    "L1": "a clinician with the patient open",
    "LG": "a clinician with a group open, in which the patient takes part",
    "L2": "a clinician with another patient open",
    "LB": "a clinician of the other clinic, with the patient there who has the same id",
    "LX": "a form from elsewhere, in the browser of who has the patient open",
    "O1": "the patient, logged in",
    "OG": "another person, logged in as the patient",
    "O2": "another patient of the clinic",
    "OB": "the patient of the other clinic who has the same id",
    "OX": "a form from elsewhere, in the browser of the patient",
}

# The columns are SESSIONS in their order.
MATRIX = """
11112FFF211111 GET /clinician/plans?all=1 plan.search/R
11112244211111 GET /clinician/plans/{plan} plan.read/R
1111>>44311111 POST /clinician/plans/{plan} plan.read/R
1111FF44311111 POST /clinician/plans/{plan}/draft plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/discard plan.read/R
11112244211111 GET /clinician/plans/{plan}/check plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/check plan.taught/U
1111>>44311111 POST /clinician/plans/{plan}/rebase plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/confirm plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/send plan.replay/E
1111FF44F11111 GET /clinician/plans/{plan}/delivery -
11112244211111 GET /clinician/plans/{plan}/print plan.read/R
11112244211111 GET /clinician/plans/{plan}/entries/{entry}/correct plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/entries/{entry}/correct plan.corrected/U
11112244211111 GET /clinician/plans/{plan}/goals/walk/correct plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/goals/walk/correct plan.corrected/U
11112244211111 GET /clinician/plans/{plan}/handouts/1/withdraw plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/handouts/1/withdraw plan.handout-withdrawn/U
11112244211111 GET /clinician/plans/{plan}/close plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/close plan.closed/U
11112244211111 GET /clinician/plans/{plan}/sheet plan.read/R
1111FF44F11111 GET /clinician/plans/{plan}/sheet.pdf plan.read/R
11112244211111 GET /clinician/plans/{plan}/ticks plan.read/R
1111>>44311111 POST /clinician/plans/{plan}/ticks plan.taught/U
1111FFFFF11111 GET /clinician/paper -
1111>>44>11111 GET /clinician/paper/{code} plan.search/R
1111>>>>311111 POST /clinician/language -
1111>>>>311111 POST /clinician/leave -
FFFFFFFFFFFFFF GET /clinician/left -
11111111111111 GET /clinician/launch?code=x -
11111111122FF2 GET /portal portal.read/R
11111111122442 GET /portal/handouts/{given} portal.handout/R
111111111FF44F GET /portal/handouts/{given}/normal.pdf portal.printed/R
111111111FF44F GET /portal/handouts/{given}/large.pdf portal.printed/R
111111111>>443 POST /portal/handouts/{given}/open plan.handout-opened/U
111111111>>443 POST /portal/handouts/{given}/read plan.handout-read/U
111111111>>443 POST /portal/goals plan.goal-changed/U
111111111>>443 POST /portal/questions plan.asked/U
111111111>>443 POST /portal/questions/remove plan.question-taken-back/U
111111111FFFFF GET /portal/log log.read/R
11111111122FF2 GET /portal/data portal.read/R
11111111122FF2 GET /portal/data/record.json portal.download/R
11111111122FF2 GET /portal/data/record.pdf portal.download/R
111111111FF44F GET /portal/summary portal.read/R
111111111FF44F GET /portal/summary.pdf portal.read/R
111111111>>>>3 POST /portal/language -
111111111>>>>3 POST /portal/leave -
FFFFFFFFFFFFFF GET /portal/left -
11111111111111 GET /portal/enter?code=x -
00000000000000 GET /smart/launch -
00000000000000 GET /smart/launch?iss=https://evil.example -
00000000000000 GET /smart/callback?state=x&code=y -
FFFFFFFFFFFFFF GET /.well-known/jwks.json -
FFFFFFFFFFFFFF GET {link} -
44444444444444 GET /infobutton/handouts/x.html -
>>>>>>>>>>>>>> GET / -
FFFFFFFFFFFFFF GET /docs -
FFFFFFFFFFFFFF GET /static/plain.css -
"""

_PLAN = "/clinician/plans/{plan}"
_WRONG = {"reason": "Forkert", "outcome": "nothing"}

# What a form sends besides its `csrf`; braces are filled as in an address.
FORMS: dict[str, dict[str, Any]] = {
    f"POST {_PLAN}": {"taught": "work", "version": "1", "action": "keep"},
    f"POST {_PLAN}/draft": {"taught": "work", "version": "1"},
    f"POST {_PLAN}/check": {"version": "1", "action": "sign"},
    f"POST {_PLAN}/entries/{{entry}}/correct": _WRONG,
    f"POST {_PLAN}/goals/walk/correct": _WRONG,
    f"POST {_PLAN}/handouts/1/withdraw": _WRONG,
    f"POST {_PLAN}/close": {"outcome": "revoked", "reason": "Flyttet"},
    f"POST {_PLAN}/ticks": {"taught": "knowledge", "key": "a-form-of-ours", "revision": ""},
    "POST /clinician/language": {"language": "en"},
    "POST /portal/goals": {"plan": "{plan}", "goal": "walk", "progress": "improving"},
    "POST /portal/questions": {"plan": "{plan}", "text": "Må jeg svømme?"},
    "POST /portal/questions/remove": {"plan": "{plan}", "question": "{question}"},
    "POST /portal/language": {"language": "en"},
}


def page_rows() -> list[Row]:
    return read_rows(MATRIX, SESSIONS)
