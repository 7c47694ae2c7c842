"""A CDS client that nobody here wrote calls the hook services: HealthChain's sandbox.

It has an environment of its own: it wants other versions of fhir.resources and httpx than the
rest of the tests. It signs nothing, so a gateway signs its calls, as a record's would.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from service.identity.demo_issuer import DemoIssuer
from tests.conftest import JSON, missing
from tests.ehr.faults import serving
from tests.live import ROOT, live_service
from tests.posted import a_condition, an_encounter
from tests.web.hooks import DISCHARGE, VIEW, found
from tests.web.hooks_schema import CARDS, faults

pytestmark = pytest.mark.real

HEALTHCHAIN = "healthchain==0.16.1"
PLACE = ROOT / ".cache" / "healthchain-0.16.1"
SANDBOX = Path(__file__).with_name("healthchain_sandbox.py")
PREFETCH = {"encounter": an_encounter(), "conditions": found(a_condition())}


@pytest.fixture(scope="module")
def healthchain():
    """The Python of an environment with HealthChain, made once and kept."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            missing("there is no uv to install HealthChain with")
        draft = PLACE.with_name(f"{PLACE.name}-draft")
        shutil.rmtree(draft, ignore_errors=True)
        made = subprocess.run([uv, "venv", "-q", draft], capture_output=True)
        order = [uv, "pip", "install", "-q", "--python", draft / "bin" / "python", HEALTHCHAIN]
        if made.returncode or subprocess.run(order, capture_output=True).returncode:
            missing(f"{HEALTHCHAIN} cannot be installed")
        draft.rename(PLACE)
    return python


class Gateway:
    """Signs what comes, hands it on to a running service, and remembers what was answered."""

    def __init__(self, live):
        self._url = live.url
        self._issuer = DemoIssuer(live.var / "demo-issuer")
        self.answers = []

    def __call__(self, environ, start):
        address = f"{self._url}{environ['PATH_INFO']}"
        token = self._issuer.call_token(address, tenant="demo")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        answer = requests.post(address, body, headers=headers, timeout=30)
        self.answers.append(answer)
        start(f"{answer.status_code} x", [("Content-Type", answer.headers["Content-Type"])])
        return [answer.content]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with live_service(tmp_path_factory.mktemp("cds") / "var") as live:
        found = Gateway(live)
        with serving(found) as found.url:
            yield found


@pytest.fixture
def sandbox(healthchain, gateway, tmp_path):
    """What HealthChain's sandbox gets from a service, for this hook."""

    def call(service, workflow):
        prefetch = tmp_path / "prefetch.json"
        prefetch.write_text(json.dumps(PREFETCH))
        order = [healthchain, SANDBOX, f"{gateway.url}/cds-services/{service}", workflow, prefetch]
        done = subprocess.run(order, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        (answer,) = json.loads(done.stdout)
        return answer

    return call


def test_healthchains_sandbox_gets_the_card(sandbox):
    answer = sandbox(VIEW, "patient-view")
    assert faults(answer, CARDS) == []
    (card,) = answer["cards"]
    assert card["indicator"] == "info"
    (suggestion,) = card["suggestions"]
    assert suggestion["actions"][0]["resource"]["resourceType"] == "CarePlan"


def test_healthchains_sandbox_is_told_that_a_discharge_has_an_encounter(sandbox, gateway):
    """0.16.1 leaves `encounterId` out of what it sends, which the hook requires."""
    assert sandbox(DISCHARGE, "encounter-discharge") == {}
    (issue,) = gateway.answers[-1].json()["issue"]
    assert issue["expression"] == ["request.context.encounterId"]
