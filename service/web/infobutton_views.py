"""The views of Infobutton: a question becomes a feed, and an address of a feed a page."""

import base64
import binascii
import hmac

from flask import Response, g, request

from service.domain.content import Audience, HandoutForm
from service.domain.errors import NotFound
from service.usecases.find_handout import WantedHandout
from service.usecases.find_material import FindMaterial, Material
from service.web.feeds import Feed, categories, to_atom, to_entry, to_json
from service.web.handouts import ready
from service.web.infobutton_request import JSON, asked
from service.web.parts import Parts
from service.web.requests import parameters


class Views:
    """The views of web/infobutton.py, by their names there."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._find = FindMaterial(parts.catalogue)

    def ask(self) -> Response:
        """A feed of what there is for the codes."""
        clinic = self._parts.clinic(g.caller.tenant)
        question, kind = asked(clinic.edition, clinic.language)
        recipient = "PAT" if question.audience is Audience.PATIENT else "PROV"
        found = self._find(question, g.caller.tenant)
        feed = Feed(
            language=question.language,
            service_url=self._parts.service_url,
            categories=categories(question.codes, recipient),
            entries=tuple(to_entry(each, self._link(each), self._parts.inline) for each in found),
        )
        content = to_json(feed) if kind == JSON else to_atom(feed)
        full = kind if kind == JSON else f"{kind}; charset=utf-8"
        return Response(content, headers={"Cache-Control": "no-store"}, content_type=full)

    def page(self, sha256: str) -> Response:
        """A page of the clinic that the feed was made for."""
        tenant = self._tenant(parameters("key").get("key", ""), sha256)
        find = self._parts.find_handout
        page = find.issued.page(sha256) if tenant is not None else None
        if page is None or tenant is None:
            raise NotFound("there is no such page", how_to_fix="Ask /infobutton for its address.")
        found = find.find(tenant, WantedHandout(page.pack, page.handout, sha256=sha256))
        content = find.read(found.page, HandoutForm.PAGE)
        return ready(found, HandoutForm.PAGE, content, lasting=True).answer(request.environ)

    def _link(self, found: Material) -> str:
        if not found.sha256:
            return ""
        key = self._key(g.caller.tenant, found.sha256)
        return f"{self._parts.service_url}/infobutton/handouts/{found.sha256}.html?key={key}"

    def _key(self, tenant: str, sha256: str) -> str:
        """Opens one page for whoever has it: it is of a feed that somebody was allowed to see."""
        told = f"infobutton {tenant} {sha256}".encode()
        mac = hmac.new(self._parts.secret, told, "sha256").digest()[:18]
        return f"{_base64(tenant.encode())}.{_base64(mac)}"

    def _tenant(self, key: str, sha256: str) -> str | None:
        """The clinic that a key of ours is for; None for another."""
        try:
            tenant = base64.urlsafe_b64decode(f"{key.partition('.')[0]}==").decode()
        except (binascii.Error, ValueError):
            return None
        is_ours = hmac.compare_digest(self._key(tenant, sha256).encode(), key.encode())
        return tenant if is_ours else None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
