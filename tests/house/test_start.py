"""A start to the first plan loads no library that only other doors need (bench/startup.py)."""

import subprocess
import sys
from pathlib import Path

from bench.run import prepare
from tests.commands import run_command

ROOT = Path(__file__).parents[2]
OF_OTHERS = (
    "flask_smorest",  # OpenAPI
    "marshmallow",  # bodies of JSON that are no Bundle
    "ruamel",  # the clinics' file, and packs that are read anew
    "flask_babel",  # pages
    "markdown_it",
    "sqlalchemy",  # migrations
    "psycopg",  # PostgreSQL
    "requests",  # the record
    "service.launching",  # launches from a record
    "fhir",  # fhir.resources
)


def run(*order: str, environment: dict[str, str]) -> str:
    """What Python prints when it is given this order."""
    done = subprocess.run(
        [sys.executable, *order], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_start_to_the_first_plan_loads_nothing_for_other_doors(tmp_path):
    environment = prepare("service", tmp_path) | {"PYTHONPATH": str(ROOT)}
    token = run_command("token", environment=environment).stdout.strip()
    (tmp_path / "service" / "bench-token").write_text(token)
    order = "import sys; from bench.first_plan import answer; answer(); print(*sys.modules)"
    loaded = set(run("-c", order, environment=environment).split())
    assert "service.usecases.make_plan" in loaded
    assert loaded.isdisjoint(OF_OTHERS)
