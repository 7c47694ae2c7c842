"""The bill of materials names what is shipped, all of it and nothing else, as it is locked."""

import json
import re
import subprocess
import tomllib

import pytest

from tests.live import ROOT

LOCKED = {each["name"]: each for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
OURS = "education-plan-service"


def shipped() -> set[str]:
    """What the service and its extras need, and what that needs in turn."""
    ours = LOCKED[OURS]
    waiting = [*ours["dependencies"]]
    waiting += [each for extra in ours["optional-dependencies"].values() for each in extra]
    found: set[str] = set()
    while waiting:
        needed = waiting.pop()
        package = LOCKED[needed["name"]]
        extras = package.get("optional-dependencies", {})
        waiting += [each for name in needed.get("extra", ()) for each in extras.get(name, ())]
        if needed["name"] not in found:
            found.add(needed["name"])
            waiting += package.get("dependencies", ())
    return found


@pytest.fixture(scope="module")
def bill():
    recipe = (ROOT / "Makefile").read_text().partition("\nsbom:")[2].partition("\n\n")[0]
    words = re.search(r"\$\(BIN\)/uv (.*?) --output-file", recipe.replace("\\\n", " "), re.DOTALL)
    command = [str(ROOT / ".venv" / "bin" / "uv"), *words[1].split(), "--offline"]
    if not (ROOT / ".venv" / "bin" / "uv").exists():
        pytest.skip("uv is not in .venv: make setup")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_bill_of_materials_has_every_library_that_is_shipped(bill):
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    named = {each["name"]: each["version"] for each in bill["components"] if "purl" in each}
    assert set(named) == shipped()
    assert {name: LOCKED[name]["version"] for name in named} == named
    assert {"flask", "pyjwt", "psycopg", "weasyprint"} < set(named)
    assert not {"pytest", "schemathesis", "playwright"} & set(named)


def test_every_library_comes_from_one_registry_by_its_hash():
    for name, package in LOCKED.items():
        if name == OURS:
            continue
        assert package["source"] == {"registry": "https://pypi.org/simple"}
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        assert files
        assert all(each["hash"].startswith("sha256:") for each in files)
