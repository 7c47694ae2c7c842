"""What a backup and a restore need of a database. SQLite and PostgreSQL give it.

A restore prepares a database of its own beside the one that stands, and puts it in its place
in one step, so that whoever is killed meanwhile leaves one of them, whole.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from service.domain.values import dataclass
from service.store.opening import Where

Tell = Callable[[int, int], None]  # how far, of how much; 0 when that is not known


class InUse(Exception):
    """Something has the database open, so it is not replaced. The text says what to stop."""


class Unsound(Exception):
    """The database cannot be read or made, or is not what it should be. One line says why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of a database: its schema's revision ("" for none), and its rows."""

    schema: str
    rows: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing of a clinic is in it."""
        return not any(many for table, many in self.rows.items() if table != "alembic_version")


class Vault(Protocol):
    """The database of an installation, as a whole."""

    @property
    def member(self) -> str:
        """The name of its file in an archive."""

    def copy(self, target: Path, tell: Tell) -> Facts:
        """Copy it into a new file as it stands at one moment, also while it is written to.

        Raises:
            Unsound: there is none, or it cannot be read.
        """

    def facts(self) -> Facts:
        """What it holds; nothing, when there is none.

        Raises:
            Unsound: it cannot be read.
        """

    def prepared(self, file: Path, wanted: Facts) -> "AbstractContextManager[Prepared]":
        """Make a database of a file that `copy` wrote, beside the one that stands.

        It is thrown away at the end unless it was put in place.

        Raises:
            Unsound: it is not as wanted, or cannot be made.
        """


class Prepared(Protocol):
    """A restored database that is not in use yet."""

    @property
    def where(self) -> Where: ...

    def put_in_place(self) -> str:
        """Let it take the place of the one that stands; where that one is kept, "" for none.

        Raises:
            InUse: something has that one open. Nothing has changed.
        """
