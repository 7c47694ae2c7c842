"""An answer that differs between callers in a few values: written once, cut, filled often.

As for new plans (fhir/stencil.py), but for answers that nobody keeps.
"""

import re
from collections.abc import Mapping

from service.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed pieces, and the names of the values between them."""

    pieces: tuple[bytes, ...]
    holes: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Return the bytes with these values in; they must be such as JSON writes as they are."""
        parts = list(self.pieces)
        parts[1::2] = [values[name].encode() for name in self.holes]
        return b"".join(parts)


def cut(written: bytes, marks: Mapping[str, str]) -> Template:
    """Return the template of bytes in which marks stand for values, by their names.

    A mark must not be something that could stand in the fixed text. Where one begins with
    another, it is named first.
    """
    names = {mark.encode(): name for name, mark in marks.items()}
    pieces = re.split(b"(" + b"|".join(map(re.escape, names)) + b")", written)
    holes = tuple(names[mark] for mark in pieces[1::2])
    pieces[1::2] = [b""] * len(holes)
    return Template(tuple(pieces), holes)
