"""Who the banner names: kept by the browser that launched, sealed, and by nobody else.

The service stores no names (docs/decisions/0010, 0036). So what the record showed of the patient
at the launch travels in a cookie that only this installation can open, for the person and the
patient of that launch, and no longer than it.
"""

import base64
import hashlib
import hmac
import os
from typing import Any

from flask import Response

from service.usecases.ports import Launch
from service.web import cookies
from service.web.parts import Parts

PREFIX, PATH = "education_plan_who_", "/clinician"
_NONCE = 12  # bytes, AES-GCM


def keep(parts: Parts, answer: Response, launch: Launch, shown: str) -> None:
    """Let the browser keep what the banner is to show."""
    nonce = os.urandom(_NONCE)
    text = f"{int(launch.expires.timestamp())} {shown}".encode()
    sealed = nonce + _cipher(parts).encrypt(nonce, text, _whose(launch))
    value = base64.urlsafe_b64encode(sealed).decode()
    cookies.keep(parts, answer, _name(launch), PATH, value, expires=launch.expires)


def shown_in(parts: Parts, launch: Launch) -> str:
    """Return what the banner of this launch may show beside the id; "" for nothing."""
    told = cookies.kept(parts, _name(launch)) if launch.banner else ""
    if not told:
        return ""
    from cryptography.exceptions import InvalidTag  # where a clinic shows names, not at the start

    try:
        sealed = base64.urlsafe_b64decode(told)
        opened = _cipher(parts).decrypt(sealed[:_NONCE], sealed[_NONCE:], _whose(launch))
    except (InvalidTag, ValueError):
        return ""
    ends, _, shown = opened.decode().partition(" ")
    return shown if parts.clock().timestamp() < int(ends) else ""


def forget(parts: Parts, answer: Response, launch: Launch) -> None:
    """Let the browser forget it."""
    cookies.forget(parts, answer, _name(launch), PATH)


def _name(launch: Launch) -> str:
    return PREFIX + hashlib.sha256(_whose(launch)).hexdigest()[:12]


def _whose(launch: Launch) -> bytes:
    return "\n".join((launch.tenant, launch.patient, launch.practitioner)).encode()


def _cipher(parts: Parts) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.new(parts.secret, b"patient banner", "sha256").digest())
