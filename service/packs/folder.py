"""The files of one pack folder as text. Knows what may lie there, not what it means."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from service.packs.problems import Report

MAX_BYTES = 256_000
MAX_FILES = 500

# Control characters, and the invisible ones that make text read backwards.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def fingerprint(folder: Path) -> str:
    """SHA-256 over the sorted names and bytes of the folder; hidden files do not count.

    A link is hashed as the path it names and never followed.
    """
    total = hashlib.sha256()
    for name, path in _files(folder):
        total.update(os.fsencode(f"{name}\0{_digest(path)}\n"))
    return total.hexdigest()


def read_texts(folder: Path, report: Report) -> dict[str, str]:
    """The text of every file by its name in the folder; what cannot be read is reported."""
    texts: dict[str, str] = {}
    for count, (name, path) in enumerate(_files(folder)):
        if count >= MAX_FILES:
            report.stop(
                ".",
                0,
                f"There are more than {MAX_FILES} files.",
                "A pack is a few dozen.",
                "Take out what does not belong here.",
            )
            break
        text = _read_text(_printable(name), path, report)
        if text is not None:
            texts[name] = text
    return texts


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".")]
        linked = [f for f in folders if Path(place, f).is_symlink()]
        for name in (*files, *linked):
            if not name.startswith("."):
                path = Path(place, name)
                found.append((path.relative_to(folder).as_posix(), path))
    return iter(sorted(found))


def _digest(path: Path) -> str:
    if path.is_symlink():
        return "link " + hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    if not path.is_file():
        return "not a file"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # read_texts says so to the author
        return "unreadable"


def _read_text(name: str, path: Path, report: Report) -> str | None:
    if path.is_symlink():
        report.stop(
            name,
            0,
            "This is a link to another place.",
            "A pack must hold all of its own text.",
            "Put the file itself here.",
        )
        return None
    if not path.is_file():
        report.stop(
            name, 0, "This is not an ordinary file.", "Only text files can be read.", "Remove it."
        )
        return None
    if path.stat().st_size > MAX_BYTES:
        report.stop(
            name,
            0,
            f"The file is larger than {MAX_BYTES // 1000} kB.",
            "No topic is that long.",
            "Split it, or take out what is not text.",
        )
        return None
    try:
        return _decode(name, path.read_bytes(), report)
    except OSError as error:
        report.stop(name, 0, "The file cannot be read.", f"{error.strerror}.", "Allow it.")
        return None


def _decode(name: str, raw: bytes, report: Report) -> str | None:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.stop(
            name,
            raw[: error.start].count(b"\n") + 1,
            "A character here is not UTF-8.",
            "The file was saved in another encoding, so æ, ø and å would be lost.",
            "Save the file again as UTF-8.",
        )
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    unseen = _UNSEEN.search(text)
    if unseen:
        report.stop(
            name,
            text.count("\n", 0, unseen.start()) + 1,
            f"There is an invisible character here (U+{ord(unseen[0]):04X}).",
            "Nobody can see what it does to the text.",
            "Delete the line and write it again.",
        )
        return None
    return text


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
