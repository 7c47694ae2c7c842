"""Imports point down the house only, and the contracts that say so leave nobody out."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tracked import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def test_the_import_contracts_hold():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_new_module_must_be_given_its_place():
    layered = [contract for contract in CONTRACTS["contracts"] if contract["type"] == "layers"]
    assert {name for contract in layered for name in contract["containers"]} == {
        "service",
        "service.domain",
    }
    assert all(contract["exhaustive"] for contract in layered)


def test_circles_are_forbidden_and_the_pure_floors_kept_pure():
    kinds = {contract["id"]: contract for contract in CONTRACTS["contracts"]}
    assert kinds["circles"]["type"] == "acyclic_siblings"
    assert kinds["pure"]["source_modules"] == [
        "service.domain",
        "service.fhir",
        "service.usecases",
    ]
