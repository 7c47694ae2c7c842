"""One process, one posted encounter, one plan: what a start costs until it is of use."""

import os
import sys
from pathlib import Path


def answer() -> None:
    """Exit with status 1 unless the plan comes."""
    token = (Path(os.environ["EDUPLAN_VAR_DIR"]) / "bench-token").read_text()
    body = (Path(__file__).parent / "data" / "encounter.json").read_bytes()

    from service.wsgi import app

    response = app.test_client().post(
        "/api/v1/encounters",
        data=body.replace(b"@N@", str(os.getpid()).encode()),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"},
    )
    if response.status_code not in (200, 201):
        sys.exit(response.get_data(as_text=True))
