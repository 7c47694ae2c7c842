"""HealthChain serving one card: `python healthchain_card.py PORT CARD.json`, uvicorn, 2 workers.

Runs in an environment of its own (bench/cds.py makes it). The card is ready before anybody asks.
"""

import json
import os
import sys

import uvicorn
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSResponse

CARD = "BENCH_CARD"


def create() -> HealthChainAPI:
    with open(os.environ[CARD], encoding="utf-8") as file:
        card = json.load(file)
    # Its models want these two said, if only to be left out.
    for suggestion in card["suggestions"]:
        suggestion["isRecommended"] = None
    service = CDSHooksService()

    @service.hook("patient-view", id="card")
    def answer(request: object) -> CDSResponse:  # noqa: ARG001
        return CDSResponse(cards=[card])

    app = HealthChainAPI()
    app.register_service(service)
    return app


if __name__ == "__main__":
    os.environ[CARD] = sys.argv[2]
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where the workers find it
    os.environ["PYTHONPATH"] = sys.path[0]
    uvicorn.run(
        "healthchain_card:create",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        workers=2,
        log_level="warning",
        access_log=False,
    )
