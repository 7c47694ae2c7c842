"""What the linter tells an author: where, what, why and how. Knows nothing of packs."""

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum

from service.domain.errors import ContentError
from service.domain.values import dataclass


class Level(StrEnum):
    STOP = "stop"  # the pack cannot be used
    FIX = "fix"  # mend it before publishing
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at. `line` counts from 1; 0 means the file as a whole."""

    level: Level
    file: str
    line: int
    what: str
    why: str
    how: str

    def __str__(self) -> str:
        words = " ".join(part for part in (self.what, self.why, self.how) if part)
        return f"{self.place} {self.level.value}  {words}"

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(slots=True)
class Report:
    """The problems found so far, in the order they were found."""

    problems: list[Problem] = field(default_factory=list)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    @property
    def stops(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level is Level.STOP]

    def stop(self, file: str, line: int, what: str, why: str, how: str) -> None:
        self.problems.append(Problem(Level.STOP, file, line, what, why, how))

    def fix(self, file: str, line: int, what: str, why: str, how: str) -> None:
        self.problems.append(Problem(Level.FIX, file, line, what, why, how))

    def hint(self, file: str, line: int, what: str, why: str, how: str) -> None:
        self.problems.append(Problem(Level.HINT, file, line, what, why, how))

    def refusal(self, pack: str) -> ContentError:
        """An error that names the first `stop` and how many there are."""
        first, *others = self.stops
        more = f" ({len(others)} more such problems)" if others else ""
        return ContentError(
            f"pack {pack}: {first.place} {first.what} {first.why}".rstrip() + more,
            how_to_fix=first.how,
        )
