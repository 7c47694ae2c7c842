"""HealthChain serving one card: `python healthchain_card.py PORT CARD.json`, uvicorn, 2 workers.

Runs in an environment of its own (bench/cds.py makes it). The card is ready before anybody asks.
With BENCH_KEYS, a JWKS, it asks for a token that one of them signed, as CDS Hooks wants it; each
token's `jti` is remembered in memory.
"""

import json
import os
import sys

import jwt
import uvicorn
from fastapi import Depends, Header, HTTPException
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSResponse

CARD, KEYS = "BENCH_CARD", "BENCH_KEYS"


def token_check() -> object:
    found = jwt.PyJWKSet.from_dict(json.loads(os.environ[KEYS]))
    keys = {key.key_id: key.key for key in found.keys}
    used: set[str] = set()

    async def check(authorization: str = Header()) -> None:
        token = authorization.partition(" ")[2]
        try:
            claims = jwt.decode(
                token,
                keys[jwt.get_unverified_header(token)["kid"]],
                algorithms=["ES384", "RS384"],
                options={"require": ["iss", "aud", "iat", "exp", "jti"], "verify_aud": False},
            )
        except (jwt.PyJWTError, KeyError):
            raise HTTPException(401) from None
        if claims["jti"] in used:
            raise HTTPException(401)
        used.add(claims["jti"])

    return check


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

    app = HealthChainAPI(dependencies=[Depends(token_check())] if os.environ.get(KEYS) else [])
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
