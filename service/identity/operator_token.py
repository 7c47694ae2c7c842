"""The operator's own token for monitoring: a secret of this installation, for no clinic.

A scraper has no SMART login, and a clinic's issuer may not speak for the other clinics.
"""

import hashlib
import hmac
import math
from collections.abc import Callable

from service.identity.scopes import Scopes
from service.identity.tokens import Identity

Verify = Callable[[str], Identity]


def or_operator(verify: Verify, secret: str) -> Verify:
    """Return a `verify` that also knows the operator's token, if there is one."""
    if not secret:
        return verify
    wanted = _hash(secret)
    operator = Identity("", "operator", Scopes({}, (), monitors=True), "", "", math.inf)

    def known(token: str) -> Identity:
        # Of hashes, so that neither content nor length shows in the time it takes.
        return operator if hmac.compare_digest(_hash(token), wanted) else verify(token)

    return known


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
