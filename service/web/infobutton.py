"""Infobutton, URL-based (HL7): what there is to read for a code. The views are loaded when asked.

The answer needs a token; the pages that it links to open with the key in their address, so that
a browser can show them. Nobody's data is on either.
"""

from functools import cache
from typing import Any

from flask import Response

from service.web.access import needs, public
from service.web.documented import Described, answers, parameter
from service.web.parts import Parts

_TEXT = {"type": "string"}
_FORM = "application/x-www-form-urlencoded"
_MEANINGS = {
    "mainSearchCriteria.v.c": "the code; more as mainSearchCriteria1.v.c, or as …v.c1",
    "mainSearchCriteria.v.cs": "its system, as OID or URI",
    "mainSearchCriteria.v.dn": "its words; not looked at",
    "informationRecipient": "PAT (the handouts) or PROV (the wording for clinicians)",
    "informationRecipient.languageCode.c": "such as da, en, en-GB or dan",
    "performer": "PAT or PROV: who asks. Codes that may mean a condition are for PROV",
    "knowledgeResponseType": "application/atom+xml, text/xml or application/json; else by Accept",
}
_PARAMETERS = [parameter(name, meaning, _TEXT) for name, meaning in _MEANINGS.items()]
_FIELDS = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["mainSearchCriteria.v.c"],
                    "properties": dict.fromkeys(_MEANINGS, _TEXT),
                }
            }
        },
    }
}
_ANSWERS = answers(
    _200=(
        "A feed; empty when no pack covers the codes",
        {
            "application/atom+xml": {"schema": _TEXT},
            "text/xml": {"schema": _TEXT},
            "application/json": {"schema": {"type": "object", "required": ["feed"]}},
        },
    )
)
_PAGE = [
    parameter("sha256", "of the page", {"type": "string"}, "path") | {"required": True},
    parameter("key", "as the feed has it", _TEXT),
]


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described(
        "infobutton", __name__, url_prefix="/infobutton", description="Infobutton, URL-based"
    )

    @cache
    def views() -> Any:
        from service.web.infobutton_views import Views

        return Views(parts)

    @blp.route("", methods=["GET"])
    @blp.doc(operationId="askInfobutton", parameters=_PARAMETERS, **_ANSWERS)
    @needs("*/PlanDefinition.r")
    def ask() -> Response:
        """What there is to read for a code, as a feed."""
        answer: Response = views().ask()
        return answer

    @blp.route("", methods=["POST"])
    @blp.doc(operationId="postInfobutton", **_FIELDS, **_ANSWERS)
    @needs("*/PlanDefinition.r")
    def post() -> Response:
        """The same, asked with a form."""
        answer: Response = views().ask()
        return answer

    @blp.route("/handouts/<sha256>.html", methods=["GET"])
    @blp.doc(
        operationId="openHandout",
        security=[],
        parameters=_PAGE,
        **answers(_200=("The page", {"text/html": {"schema": _TEXT}})),
    )
    @public
    def page(sha256: str) -> Response:
        """Read a handout at the address that a feed has."""
        answer: Response = views().page(sha256)
        return answer

    return blp
