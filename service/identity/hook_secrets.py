"""Secrets of hooks: with one a record may tell this service of encounters, and nothing else.

A Subscription keeps its header for years, and tokens of an issuer last for minutes. So a
clinic may agree on a long secret with its record, which stands for that clinic at the hook.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path

SHORTEST = 32  # characters; `openssl rand -base64 32` gives 44


def read_secrets(path: Path) -> list[str]:
    """Return the secrets of a file, one a line: while one is changed, both are good.

    Raises:
        ValueError: it cannot be read, holds none, or holds a short one.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"secret_file {path} cannot be read") from error
    found = [line.strip() for line in lines if line.strip()]
    if not found or any(len(line) < SHORTEST or len(line.split()) > 1 for line in found):
        raise ValueError(f"secret_file {path}: a secret is one line of {SHORTEST} characters")
    return found


class HookSecrets:
    """The secrets of all clinics, as hashes. A secret must be one clinic's only.

    Raises:
        ValueError: two clinics have the same secret.
    """

    def __init__(self, secrets: Mapping[str, Sequence[str]]) -> None:
        named = [(tenant, _hash(secret)) for tenant, own in secrets.items() for secret in own]
        owners = {digest: tenant for tenant, digest in named}
        if any(owners[digest] != tenant for tenant, digest in named):
            raise ValueError("two clinics have the same secret")
        self._named = tuple(named)

    def clinic_of(self, secret: str) -> str:
        """Return the clinic whose secret this is, "" for none.

        All of them are compared, each in constant time: how long it takes tells nothing.
        """
        digest, found = _hash(secret), ""
        for tenant, known in self._named:
            if hmac.compare_digest(digest, known):
                found = tenant
        return found


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
