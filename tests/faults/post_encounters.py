"""Posts encounters to the application in this process, and says what was answered: the main job."""

import sys
from pathlib import Path

import orjson

from service.wsgi import app
from tests.posted import a_visit


def main(var: str, many: str) -> None:
    token = (Path(var) / "token").read_text()
    client = app.test_client()
    for number in range(int(many)):
        answer = client.post(
            "/api/v1/encounters",
            data=orjson.dumps(a_visit(f"p{number}", f"e{number}")),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/fhir+json",
                "Accept": "application/json",
            },
        )
        told = answer.json.get("id", "") if answer.status_code in (200, 201) else ""
        sys.stdout.write(f"{answer.status_code} {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
