"""A client of a FHIR server, in the few words that the tests at the real record speak."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from service.fhir.fut import EHEALTH, PERFORMER
from tests.hapi.package import Resource

KIND = "application/fhir+json"
# FUT's extensions, and the system of its one function, which R4 does not have.
NAMED_BY_FUT = (f"xtension {EHEALTH}/fhir/StructureDefinition/", f"'{PERFORMER['system']}'")
HEADERS = {"Content-Type": KIND, "Accept": KIND}


class Record:
    """A FHIR server by its base URL. A session of its own in each thread that asks for one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.headers.update(HEADERS)

    def __call__(self, method: str, path: str = "", **more: Any) -> requests.Response:
        address = f"{self.url}/{path}" if path else self.url
        return self._session.request(method, address, timeout=60, **more)

    def keep(self, *resources: Resource) -> None:
        """Store each under the id that it has."""
        for resource in resources:
            answer = self("PUT", f"{resource['resourceType']}/{resource['id']}", json=resource)
            assert answer.ok, answer.text

    def post(self, bundle: bytes) -> requests.Response:
        """Post a transaction as it is."""
        return self("POST", data=bundle)

    def read(self, reference: str) -> Resource:
        answer = self("GET", reference)
        assert answer.ok, f"{reference}: {answer.text}"
        return answer.json()

    def found(self, query: str) -> list[Resource]:
        """What a search such as `Goal?identifier=…` finds, past HAPI's cache of searches."""
        answer = self("GET", query, headers={"Cache-Control": "no-cache"})
        assert answer.ok, f"{query}: {answer.text}"
        return [entry["resource"] for entry in answer.json().get("entry", [])]

    def complaints(self, resource: Resource, profile: str) -> list[str]:
        """The errors that `$validate` finds against the profile; warnings are none.

        HAPI has no SNOMED CT, LOINC or ICD-10: a code of a system it does not know is a
        warning by HAPI's own rule. So is a code that a system lacks, where no binding asks
        for it; `knows` tells. What only FUT's package defines is no error either: it is on no
        public registry.
        """
        kind = resource["resourceType"]
        query = f"?profile={quote(profile, safe='')}" if profile else ""
        answer = self("POST", f"{kind}/$validate{query}", json=resource)
        assert answer.status_code < 500, answer.text
        return list(_errors(answer.json()))

    def knows(self, system: str, code: str) -> bool:
        """Whether the code is one of the system, as far as the record was told."""
        words = {"url": system, "code": code}
        answer = self("GET", "CodeSystem/$validate-code", params=words).json()
        return answer["parameter"][0] == {"name": "result", "valueBoolean": True}


def _errors(outcome: Resource) -> Iterator[str]:
    for issue in outcome["issue"]:
        if issue["severity"] in ("error", "fatal"):
            where = ", ".join(issue.get("location", [])[:1])
            told = f"{where}: {issue.get('diagnostics', issue['code'])}"
            if not any(name in told for name in NAMED_BY_FUT):
                yield told
