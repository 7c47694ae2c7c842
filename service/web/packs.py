"""The content: packs by id, and their points for a reader."""

from typing import Any

from flask import Response, g

from service.domain.content import Audience, Edition, HandoutCopy, HandoutFile, HandoutForm, Pack
from service.domain.errors import InvalidField, NotFound
from service.domain.selection import Selection, select
from service.web.access import needs
from service.web.documented import EDITIONS, Described, answers, as_json, parameter
from service.web.parts import Parts
from service.web.plan_view import forms
from service.web.present import json_response
from service.web.requests import JSON, accepted, parameters

_EDITION = parameter(
    "edition", "how much is said of each topic", {"type": "string", "enum": list(EDITIONS)}
)
_LANGUAGE = parameter("language", "da or en", {"type": "string", "enum": ["da", "en"]})
_AUDIENCE = parameter(
    "audience",
    "whose wording; a patient only ever gets the patient's",
    {"type": "string", "enum": [audience.value for audience in Audience]},
)


def _in_path(name: str) -> dict[str, Any]:
    return parameter(name, f"id of the {name.removesuffix('_id')}", {"type": "string"}, "path") | {
        "required": True
    }


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("packs", __name__, url_prefix="/api/v1/packs", description="Content")

    @blp.route("", methods=["GET"])
    @blp.doc(operationId="listPacks", **answers(_200=("Every pack in use", as_json("PackList"))))
    @needs("*/PlanDefinition.r")
    def get_packs() -> Response:
        """List the packs."""
        accepted(JSON)
        parameters()
        packs = parts.catalogue.packs(g.caller.tenant)
        return json_response({"packs": [_summary(pack, "da") for pack in packs]})

    @blp.route("/<pack_id>", methods=["GET"])
    @blp.doc(
        operationId="getPack",
        parameters=[_in_path("pack_id"), _EDITION, _LANGUAGE, _AUDIENCE],
        **answers(_200=("What the edition says", as_json("Pack"))),
    )
    @needs("*/PlanDefinition.r")
    def get_pack(pack_id: str) -> Response:
        """Read what one edition of a pack says, in one language, to one audience."""
        accepted(JSON)
        asked = parameters("edition", "language", "audience")
        pack = _pack(parts, pack_id)
        selection = select(pack, _edition(asked), asked.get("language", pack.languages[0]))
        return json_response(_content(selection, _audiences(asked)))

    return blp


def _pack(parts: Parts, pack_id: str) -> Pack:
    found = next((p for p in parts.catalogue.packs(g.caller.tenant) if p.id == pack_id), None)
    if found is None:
        raise NotFound("there is no such pack", how_to_fix="See /api/v1/packs for what there is.")
    return found


def _edition(asked: dict[str, str]) -> Edition:
    try:
        return Edition(asked.get("edition", Edition.FULL))
    except ValueError as error:
        raise InvalidField(f"must be one of: {', '.join(EDITIONS)}", pointer="?edition") from error


def _audiences(asked: dict[str, str]) -> tuple[Audience, ...]:
    """A patient gets the patient's wording, whatever is asked for (decision 17)."""
    wanted = asked.get("audience", "")
    if wanted not in ("", *Audience):
        raise InvalidField(f"must be one of: {', '.join(Audience)}", pointer="?audience")
    if g.caller.role == "patient":
        return (Audience.PATIENT,)
    return (Audience(wanted),) if wanted else tuple(Audience)


def _summary(pack: Pack, language: str) -> dict[str, Any]:
    return {
        "id": pack.id,
        "title": pack.title[Audience.PHYSIO].in_language(language),
        "patient_title": pack.title[Audience.PATIENT].in_language(language),
        "description": pack.description.in_language(language),
        "version": pack.version,
        "sha256": pack.sha256,
        "state": pack.state,
        "editions": list(pack.editions),
        "languages": list(pack.languages),
        "publisher": pack.publisher,
        "licence": pack.licence,
    }


def _content(selection: Selection, audiences: tuple[Audience, ...]) -> dict[str, Any]:
    pack, physio = selection.pack, Audience.PHYSIO in audiences
    return _summary(pack, selection.language) | {
        "edition": selection.edition,
        "language": selection.language,
        "topics": [
            {
                "id": chosen.topic.id,
                "title": chosen.text.title[Audience.PHYSIO if physio else Audience.PATIENT],
                "patient_title": chosen.text.title[Audience.PATIENT],
                "translation": pack.translation(chosen.topic, selection.language),
                "learning_objectives": chosen.text.learning_objectives,
                "questions": chosen.text.questions,
                **(
                    {"teach_back": chosen.text.teach_back, "observe": chosen.text.observe}
                    if physio
                    else {}
                ),
                "points": [
                    {
                        "id": point.id,
                        "audience": point.audience,
                        "text": point.words(selection.edition),
                        "heading": point.heading,
                        "covers": point.covers,
                    }
                    for audience in audiences
                    for point in chosen.text.select(selection.edition, audience)
                ],
            }
            for chosen in selection.topics
        ],
        "goals": [{"id": g.id, "title": selection.words(g.text)} for g in selection.goals],
        "handouts": [
            {
                "id": chosen.handout.id,
                "title": selection.words(chosen.handout.title),
                "url": f"/api/v1/packs/{pack.id}/handouts/{chosen.handout.id}.html"
                f"?edition={selection.edition.value}&language={selection.language}",
                "sha256": chosen.file.sha256,
                "size": chosen.file.size,
                "forms": forms(
                    pack.id,
                    chosen.handout.id,
                    selection.edition.value,
                    selection.language,
                    (_page(chosen.file), *chosen.file.copies),
                ),
            }
            for chosen in selection.handouts
        ],
    }


def _page(file: HandoutFile) -> HandoutCopy:
    return HandoutCopy(HandoutForm.PAGE, file.sha256, file.sha1, file.size)
