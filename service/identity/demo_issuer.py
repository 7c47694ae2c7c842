"""The built-in issuer of demo mode: a key pair on this disk that signs demo tokens.

Nobody without access to the file can make a token; it is verified like any issuer's.
"""

import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.identity.scopes import MONITOR

ISSUER = "urn:education-plan:demo-issuer"
CDS_ISSUER = "urn:education-plan:demo-cds-client"
CALL_SECONDS = 240  # a call of a hook service is signed anew each time
LIFETIME_SECONDS = 8 * 3600  # one working day of trying things out

_KNOWLEDGE = ("PlanDefinition", "ActivityDefinition", "Library", "Questionnaire")
_OF_PLANS = ("CarePlan", "ServiceRequest", "Communication", "Goal", "Observation")
_TO_READ = (*_OF_PLANS, "DocumentReference", "Binary", "Provenance", *_KNOWLEDGE)


def _reads(context: str, *types: str) -> str:
    return " ".join(f"{context}/{each}.rs" for each in types)


SCOPES = {
    "system": f"system/Encounter.c system/CarePlan.cu {_reads('system', *_TO_READ)}",
    "clinician": f"user/CarePlan.u user/Goal.cu user/Communication.cu {_reads('user', *_TO_READ)}",
    "patient": f"patient/Communication.u {_reads('patient', *_TO_READ)}",
    "admin": _reads("user", *_KNOWLEDGE),
    "auditor": "user/AuditEvent.rs",
    "monitor": MONITOR,
}


class DemoIssuer:
    """Keys in `folder`: `issuer.pem` (private, mode 0600) and `jwks.json` (public)."""

    def __init__(self, folder: Path) -> None:
        self._private = folder / "issuer.pem"
        self.jwks = folder / "jwks.json"

    def ensure_keys(self) -> None:
        """Make the key pair unless it is there; safe when several processes start at once."""
        if self.jwks.exists():
            return
        self._private.parent.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            handle = os.open(self._private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "wb") as file:
                file.write(pem)
        except FileExistsError:
            pem = self._private.read_bytes()
        self._publish(pem)

    def token(
        self,
        role: str,
        *,
        tenant: str,
        patient: str = "",
        scope: str | None = None,
        audience: str = "education-plan",
    ) -> str:
        """Sign a token. `scope` None means the usual scopes of the role."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": f"demo-{role}",
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "tenant": tenant,
            "scope": SCOPES[role] if scope is None else scope,
        }
        if patient:
            claims["patient"] = patient
        if role not in ("system", "patient"):
            claims["fhirUser"] = f"Practitioner/demo-{role}"
        pem = self._private.read_bytes()
        return jwt.encode(claims, pem, algorithm="ES256", headers={"kid": _kid(pem)})

    def call_token(self, address: str, *, tenant: str) -> str:
        """Sign one call of a hook service at this address, as a CDS client does."""
        now = int(time.time())
        claims = {
            "iss": CDS_ISSUER,
            "aud": address,
            "iat": now,
            "exp": now + CALL_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "tenant": tenant,
        }
        pem = self._private.read_bytes()
        return jwt.encode(claims, pem, algorithm="ES256", headers={"kid": _kid(pem)})

    def _publish(self, pem: bytes) -> None:
        key = cast(
            ec.EllipticCurvePrivateKey, serialization.load_pem_private_key(pem, password=None)
        )
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
        document = {"keys": [jwk | {"kid": _kid(pem), "use": "sig", "alg": "ES256"}]}
        draft = self.jwks.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(document))
        draft.replace(self.jwks)


def _kid(pem: bytes) -> str:
    return hashlib.sha256(pem).hexdigest()[:16]
