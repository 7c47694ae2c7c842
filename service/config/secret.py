"""The installation's secret: what seals links between pages."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret(var_dir: Path) -> bytes:
    """Return the secret in `var_dir`, made on first use; safe when several processes start.

    Replicas share it by sharing the file (docs/operator.md).
    """
    path = var_dir / "secret"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        own = var_dir / f"secret-{os.getpid()}-{secrets.token_hex(4)}"
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(own, path)  # whole, and by one only
        own.unlink()
    return path.read_bytes()
