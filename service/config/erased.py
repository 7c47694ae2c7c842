"""Who was erased and when, beside the database: so that no older backup brings them back.

A line names nobody: it holds a clinic, a time, and the HMAC of the patient with the
installation's secret. Keep the file with the backups (docs/operator.md).
"""

import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from service.domain.values import dataclass

NAME = "erased"


@dataclass(frozen=True, slots=True)
class ErasedList:
    """The list in a folder, read with one secret."""

    folder: Path
    secret: bytes

    def add(self, tenant: str, patient: str, at: datetime) -> None:
        """Write it to the disk."""
        line = f"{at.isoformat()} {self._name(tenant, patient)}\n"
        place = os.open(self.folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(place, "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def since(self, tenant: str, patients: Iterable[str], taken: datetime) -> list[str]:
        """Those of a clinic's patients who were erased after a backup was taken."""
        path = self.folder / NAME
        lines = path.read_text("ascii").splitlines() if path.exists() else []
        told = (line.split(" ") for line in lines)
        later = {name for at, name in told if datetime.fromisoformat(at) > taken}
        return [each for each in sorted(patients) if self._name(tenant, each) in later]

    def _name(self, tenant: str, patient: str) -> str:
        told = f"erased\0{tenant}\0{patient}".encode()
        return hmac.digest(self.secret, told, "sha256").hex()
