"""Handouts are made before anybody asks: no process that answers requests can render one."""

import json
import subprocess
import sys

from tests.commands import clean_environment, run_command
from tests.house.tracked import ROOT

# What makes a page or prints it, and the libraries for that.
RENDERERS = {
    "service.packs.handouts",
    "service.packs.leaflet",
    "service.packs.page_text",
    "service.packs.printing",
    "service.packs.paper",
    "service.packs.files",
    "weasyprint",
    "pydyf",
    "markdown_it",
    "ruamel.yaml",
}

# Asks for a handout in every form, for an old one, for its FHIR, and says what got loaded.
PROGRAM = """
import json, sys
from service.app import create_app
from service.config.settings import read_settings
from service.identity.demo_issuer import DemoIssuer
settings = read_settings()
app = create_app(settings)
issuer = DemoIssuer(settings.var_dir / "demo-issuer")
token = issuer.token("system", tenant="demo", patient="", scope=None, audience=settings.audience)
headers = {"Authorization": f"Bearer {token}"}
def get(path):
    return app.test_client().get(path, headers=headers | {"Accept": "*/*"})
pack = "/api/v1/packs/lumbar-spinal-stenosis"
answers = [get(form["url"]).status_code for form in get(pack).json["handouts"][0]["forms"]]
for name in ("knowledge.html", "complete.txt", "knowledge.html?language=ar", "x.pdf"):
    answers.append(get(f"{pack}/handouts/{name}").status_code)
documents = app.test_client().get("/fhir/DocumentReference", headers=headers).json["entry"]
sha256 = documents[0]["resource"]["content"][0]["attachment"]["extension"][0]["valueString"]
answers.append(app.test_client().get(f"/fhir/Binary/{sha256}", headers=headers).status_code)
print(json.dumps([answers, sorted(sys.modules)]))
"""


def test_a_service_that_was_prepared_reads_handouts_and_renders_none(tmp_path):
    environment = clean_environment(VAR_DIR=str(tmp_path)) | {"PYTHONPATH": str(ROOT)}
    for words in (["migrate"], ["content", "build", "--no-pdf"]):
        run_command(*words, environment=environment).check_returncode()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    answers, loaded = json.loads(done.stdout)
    assert answers == [200, 200, 200, 200, 200, 404, 200]
    assert RENDERERS & set(loaded) == set()
