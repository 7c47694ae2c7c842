"""The braces at the end of a point: its id, editions, marks and the facts it covers."""

import re
from dataclasses import field

from service.domain.content import Edition
from service.domain.values import dataclass

MARKS = ("do", "dont", "always_show", "summary")

_ID = re.compile(r"#[a-z0-9]+(?:-[a-z0-9]+)*")
_COVERS = re.compile(r"covers=[A-Za-z0-9-]+(?:,[A-Za-z0-9-]+)*")


@dataclass(slots=True)
class Braces:
    """What the braces say; `wrong` is what they should not."""

    id: str = ""
    editions: list[Edition] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, braces: str) -> "Braces":
        marked = cls()
        for word in braces.split():
            marked._take(word)
        if not marked.id:
            marked.wrong.append("This point has no id.")
        if not marked.editions:
            marked.wrong.append(f"The point `{marked.id}` is in no edition.")
        if {"do", "dont"} <= set(marked.marks):
            marked.wrong.append(f"The point `{marked.id}` is both `do` and `dont`.")
        return marked

    def _take(self, word: str) -> None:
        if _ID.fullmatch(word) and not self.id:
            self.id = word[1:]
        elif word in list(Edition) and word not in self.editions:
            self.editions.append(Edition(word))
        elif word in MARKS and word not in self.marks:
            self.marks.append(word)
        elif _COVERS.fullmatch(word) and not self.covers:
            self.covers.extend(word.removeprefix("covers=").split(","))
        else:
            self.wrong.append(f"`{word}` is not understood in the braces.")
