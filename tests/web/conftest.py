"""What the façade's tests share: a clinic with a few plans, asked as an integrator would."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.conftest import FHIR, JSON, SERVICE_URL, Web
from tests.posted import a_bundle, a_visit
from tests.web.pages import Physio


@dataclass
class Facade:
    """The façade of one application. `plan` is the plan of Patient/p1, at its first revision."""

    web: Web
    plan: str

    def get(self, path: str, role: str = "system", **headers: str):
        given = self.web.headers(role, patient="p1" if role == "patient" else "")
        return self.web.client.get(f"/fhir/{path}", headers=given | {"Accept": FHIR} | headers)

    def json(self, path: str, role: str = "system", **headers: str) -> dict[str, Any]:
        answer = self.get(path, role, **headers)
        assert answer.status_code == 200, answer.text
        assert answer.content_type == FHIR
        return answer.json

    def ids(self, path: str, role: str = "system") -> list[str]:
        """The ids of all matches, page by page."""
        found: list[str] = []
        while path:
            page = self.json(path, role)
            found += [
                entry["resource"]["id"]
                for entry in page.get("entry", ())
                if entry["search"]["mode"] == "match"
            ]
            links = {link["relation"]: link["url"] for link in page["link"]}
            path = links.get("next", "").removeprefix(f"{SERVICE_URL}/fhir/")
        return found

    def visit(self, patient: str, encounter: str, *codings: dict[str, str]) -> str:
        """Post an encounter; the id of the plan it gave."""
        answer = self.web.post(a_visit(patient, encounter, *codings))
        assert answer.status_code in (200, 201), answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def refused(self, path: str, role: str = "system", **headers: str) -> tuple[int, str, str]:
        """Status, code and place of a refusal."""
        answer = self.get(path, role, **headers)
        assert answer.content_type == FHIR
        (issue,) = answer.json["issue"]
        code = issue["details"]["coding"][0]["code"]
        return answer.status_code, code, issue.get("expression", [""])[0]


@pytest.fixture
def facade(web) -> Facade:
    found = Facade(web, "")
    found.plan = found.visit("p1", "e1")
    return found


@pytest.fixture
def plan(web):
    """The address of a new plan."""
    return web.post(a_bundle()).headers["Location"]


@pytest.fixture
def send(web):
    def to(path, content, *, role="clinician", method="POST", **headers):
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        given = {"Content-Type": JSON} | {k.replace("_", "-"): v for k, v in headers.items()}
        return web.client.open(path, method=method, data=body, headers=web.headers(role) | given)

    return to


@pytest.fixture
def new_physio(web):
    """Open another browser on the same service."""
    return lambda: Physio(web.client.application.test_client(), web.launch_link)


@pytest.fixture
def physio(web, new_physio) -> Physio:
    """A browser, and a plan for Patient/p1."""
    assert web.post(a_bundle()).status_code == 201
    return new_physio()
