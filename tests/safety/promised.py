"""What every route promises a browser, as data: headers, by the kind of route.

A route that stands in no line here fails (test_headers.py).
"""

from typing import Any

ANY = "*"
_ALWAYS = {"X-Content-Type-Options": "nosniff"}
_KEPT_NOWHERE = {"Cache-Control": "no-store"}
_PAGE = _ALWAYS | {"Cross-Origin-Resource-Policy": "same-origin"}
_OF_ONE = _PAGE | _KEPT_NOWHERE | {"Referrer-Policy": "same-origin"}
_SENT_ON = _PAGE | _KEPT_NOWHERE
_NOTHING = "default-src 'none'; frame-ancestors 'none'"

# By the kind of a route: the headers of a page, of data or a file, of being sent elsewhere.
# `{frames}` are the origins of the clinic's record, or 'none'.
PROMISED: dict[str, dict[str, dict[str, Any]]] = {
    "visit": {
        "page": _OF_ONE
        | {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
        },
        "data": _ALWAYS | _KEPT_NOWHERE,
        "way": _SENT_ON,
    },
    "own": {
        "page": _OF_ONE
        | {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'{style}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        },
        "data": _ALWAYS | _KEPT_NOWHERE | {"Content-Disposition": ANY},
        "way": _SENT_ON,
    },
    "data": {"data": _ALWAYS | _KEPT_NOWHERE},
    "text": {"page": _PAGE | _KEPT_NOWHERE | {"Content-Security-Policy": _NOTHING}},
    "handout": {
        "page": _PAGE
        | {
            "Cache-Control": "private, max-age={age}",
            "Content-Security-Policy": "default-src 'none'; style-src{style}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
        },
        "data": _ALWAYS | _KEPT_NOWHERE,
    },
    # Tells of nobody: anybody may have it, and keep it.
    "public": {
        "page": _PAGE | {"Content-Security-Policy": ANY},
        "data": _ALWAYS,
        "way": _PAGE,
    },
}

ROUTES = """
public GET /
public GET /docs
public GET /openapi.json
public GET /.well-known/jwks.json
public GET /static/{filename}
public GET /cds-services
public OPTIONS /cds-services
public OPTIONS /cds-services/{service_id}
public OPTIONS /cds-services/{service_id}/feedback

data GET /health/live
data GET /health/ready
data GET /metrics
data GET /api/v1/packs
data GET /api/v1/packs/{pack_id}
handout GET /api/v1/packs/{pack_id}/handouts/{handout_id}.html
handout GET /api/v1/packs/{pack_id}/handouts/{handout_id}.pdf
handout GET /api/v1/packs/{pack_id}/handouts/{handout_id}.txt
data GET /infobutton
data POST /infobutton
handout GET /infobutton/handouts/{sha256}.html

data POST /api/v1/encounters
data GET /api/v1/plans
data GET /api/v1/plans/{plan_id}
data POST /api/v1/plans/{plan_id}/confirm
data POST /api/v1/plans/{plan_id}/teachings
data POST /api/v1/plans/{plan_id}/goals
data PATCH /api/v1/plans/{plan_id}/goals/{goal_id}
data POST /api/v1/plans/{plan_id}/corrections
data POST /api/v1/plans/{plan_id}/close
text GET /api/v1/plans/{plan_id}/note
data POST /api/v1/plans/{plan_id}/handouts/{handout_id}/assignments
data POST /api/v1/plans/{plan_id}/handouts/{handout_id}/receipts
data GET /api/v1/plans/{plan_id}/deliveries
data POST /api/v1/plans/{plan_id}/deliveries/replay
data POST /hooks/encounter
data PUT /hooks/encounter/Encounter/{encounter_id}
data POST /cds-services/{service_id}
data POST /cds-services/{service_id}/feedback
data GET /cds-services/{service_id}/feedback

data GET /fhir/metadata
data GET /fhir/{resource_type}
data POST /fhir/{resource_type}/_search
data GET /fhir/{resource_type}/{resource_id}
data GET /fhir/{resource_type}/{resource_id}/_history
data GET /fhir/{resource_type}/{resource_id}/_history/{version}
data GET /fhir/{resource_type}/{resource_id}/$apply
data POST /fhir/{resource_type}/{resource_id}/$apply
data GET /fhir/{resource_type}/$apply
data POST /fhir/{resource_type}/$apply
data POST /fhir/{resource_type}/$validate
data POST /fhir/$propose

visit GET /smart/launch
visit GET /smart/callback
visit GET /clinician/launch
visit GET /clinician/plans
visit GET /clinician/plans/{plan_id}
visit POST /clinician/plans/{plan_id}
visit POST /clinician/plans/{plan_id}/draft
visit POST /clinician/plans/{plan_id}/discard
visit GET /clinician/plans/{plan_id}/check
visit POST /clinician/plans/{plan_id}/check
visit POST /clinician/plans/{plan_id}/rebase
visit POST /clinician/plans/{plan_id}/confirm
visit POST /clinician/plans/{plan_id}/send
visit GET /clinician/plans/{plan_id}/delivery
visit GET /clinician/plans/{plan_id}/print
visit GET /clinician/plans/{plan_id}/entries/{number}/correct
visit POST /clinician/plans/{plan_id}/entries/{number}/correct
visit GET /clinician/plans/{plan_id}/goals/{goal_id}/correct
visit POST /clinician/plans/{plan_id}/goals/{goal_id}/correct
visit GET /clinician/plans/{plan_id}/handouts/{number}/withdraw
visit POST /clinician/plans/{plan_id}/handouts/{number}/withdraw
visit GET /clinician/plans/{plan_id}/close
visit POST /clinician/plans/{plan_id}/close
visit GET /clinician/plans/{plan_id}/sheet
visit GET /clinician/plans/{plan_id}/sheet.pdf
visit GET /clinician/plans/{plan_id}/ticks
visit POST /clinician/plans/{plan_id}/ticks
visit GET /clinician/paper
visit GET /clinician/paper/{code}
visit POST /clinician/language
visit POST /clinician/leave
visit GET /clinician/left

own GET /portal/enter
own GET /portal
own GET /portal/handouts/{name}
own POST /portal/handouts/{name}/open
own POST /portal/handouts/{name}/read
own GET /portal/handouts/{name}/normal.pdf
own GET /portal/handouts/{name}/large.pdf
own POST /portal/goals
own POST /portal/questions
own POST /portal/questions/remove
own GET /portal/log
own GET /portal/data
own GET /portal/data/record.json
own GET /portal/data/record.pdf
own GET /portal/summary
own GET /portal/summary.pdf
own POST /portal/language
own POST /portal/leave
own GET /portal/left
"""


def promised() -> dict[tuple[str, str], str]:
    """The kind of each route, by method and address."""
    lines = (line.split() for line in ROUTES.strip().splitlines() if line)
    return {(method, path): kind for kind, method, path in lines}


def forms() -> list[tuple[str, str]]:
    """Every form of the pages: kind and address."""
    return [
        (kind, path)
        for (method, path), kind in promised().items()
        if method == "POST" and kind in ("visit", "own")
    ]
