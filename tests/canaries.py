"""What may stand in no output of ours: looked for in all that the tests' servers wrote.

The synthetic patient of the tests has a name, a CPR number and a birth date that stand nowhere
else; so have the free texts and the secrets below. Whatever a test does, none of them may
come into a log, nor may anything that looks like a CPR number or a token.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.posted import FAMILY, GIVEN, SYNTHETIC_CPR

# Without what follows "ø": so it is found as UTF-8, percent-encoded and escaped too.
IDENTIFYING = (FAMILY.lower(), GIVEN.lower().partition("ø")[0], SYNTHETIC_CPR, "1951-01-01")
# What tests say in notes, about mood, as a goal; and the secrets of hooks.
FREE_TEXT = ("meget utryg", "til bageren", "svimmel om morgenen")
SECRETS = ("pTBHm1n0cGZUe0aQ0o1eNq8sXgC2yYlq", "Zk3yV8mC0uQfT1xW7bLr5sJn9aEoHd2G")
WORDS = (*IDENTIFYING, *FREE_TEXT, *(secret.lower() for secret in SECRETS))
# A date, a sequence, and no digit around; modulus 11 no longer holds for all.
LIKE_CPR = re.compile(r"(?<![\w-])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d-?\d{4}(?![\w-])")
LIKE_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}")
_OUTPUTS = ("log", "*.log", "stderr", "stdout", "*.err")


def found_in(text: str) -> list[str]:
    """The canaries in a text, and what looks like a CPR number or a token."""
    small = text.lower()
    found = [word for word in WORDS if word in small]
    return found + LIKE_CPR.findall(text) + LIKE_TOKEN.findall(text)


def lines_with_canaries(text: str) -> Iterator[tuple[int, str]]:
    """The lines of an output in which one sings, by their number, with what it is."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := found_in(line):
            yield number, ", ".join(found)


def in_metrics(text: str) -> list[str]:
    """The canaries in what monitors read. A figure may look like a CPR number; a label may not."""
    return [each for line in text.splitlines() for each in found_in(line.rpartition(" ")[0])]


def outputs_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder that a server of the tests wrote its output to."""
    for pattern in _OUTPUTS:
        yield from (path for path in folder.rglob(pattern) if path.is_file())


def all_below(folder: Path) -> list[str]:
    """Every place below a folder where a canary sings."""
    return [
        f"{path}:{number}: {found}"
        for path in sorted(set(outputs_below(folder)))
        for number, found in lines_with_canaries(path.read_text("utf-8", "replace"))
    ]
