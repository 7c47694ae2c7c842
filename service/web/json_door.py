"""The strict JSON door: bytes in, one JSON object out, or a refusal. Knows no FHIR, no Flask.

It takes what SQLite and PostgreSQL both keep as it was sent, so both answer alike.
Faults name a line and a column, never what stands there.
"""

import json
import re
from math import isfinite
from typing import NoReturn

from service.domain.errors import BodyTooLarge, MalformedJson

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_DIGITS = 4300

_BOM = b"\xef\xbb\xbf"
_STRUCTURE = b'"[]{}'
_NOT_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_OPENING = b"[{"
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
# Reads whole escapes, so that the second half of `\\u0000` is not taken for one. It stops at
# the first that is half a surrogate pair, stands for a control character, or is none.
_GOOD = re.compile(
    r'(?:[^\\]++|\\["\\/nrt]'
    r"|\\u(?![dD][89a-fA-F]|00[01])[0-9a-fA-F]{4}|\\u000[9aAdD]"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+"
)
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_CONTROL = re.compile(r"\\(?:[bf]|u00[01][0-9a-fA-F])")
_KEY_OR_BRACE = re.compile(r'(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+")(?P<key>\s*:)?|[{}]', re.DOTALL)


class _DuplicateKey(ValueError):
    """An object has a key twice; where is found only then."""


class _UnusableNumber(ValueError):
    """A number that is none, is not finite or is too long."""


def load(body: bytes) -> dict[str, object]:
    """Return the JSON object that the body is.

    Refused beside bad JSON: nesting over 32, a byte order mark, a key given twice in one
    object, NaN and Infinity, numbers that overflow or have over 4300 digits, lone
    surrogates, and control characters (escaped too) but tab, line feed, carriage return.

    Raises:
        BodyTooLarge: over 1 MB.
        MalformedJson: anything else.

    Source: RFC 8259; RFC 7493 (I-JSON); R4 string: no characters below U+0020.
    """
    if len(body) > MAX_BYTES:
        raise BodyTooLarge(f"the body is larger than {MAX_BYTES:,} bytes")
    _refuse_depth(body)
    text = _decode(body)
    if "\\" in text:
        _refuse_escapes(text)
    parsed = _parse(text)
    if type(parsed) is not dict:
        raise MalformedJson("the body must be one JSON object")
    return parsed


def _refuse_depth(body: bytes) -> None:
    """Count nesting before anything is parsed, so that no parser meets it."""
    if b"\\" in body:
        body = _ESCAPED.sub(b"", body)
    # Every second piece between quotes is the inside of a string.
    outside = body.translate(None, _NOT_STRUCTURE).split(b'"')[::2]
    depth = 0
    for bracket in b"".join(outside):
        depth += 1 if bracket in _OPENING else -1
        if depth > MAX_DEPTH:
            raise MalformedJson(f"nested deeper than {MAX_DEPTH} levels")
        if depth < 0:
            return  # one closed too many: the parser says where


def _decode(body: bytes) -> str:
    if body.startswith(_BOM):
        raise MalformedJson("the body starts with a byte order mark")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the body is not UTF-8 at byte {error.start}") from None


def _refuse_escapes(text: str) -> None:
    found = _GOOD.match(text)
    end = found.end() if found else 0
    if _HALF_PAIR.match(text, end):
        raise _malformed("half a surrogate pair", text, end)
    if _CONTROL.match(text, end):
        raise _malformed("an escaped control character", text, end)


def _parse(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed("not JSON", text, error.pos) from None
    except _DuplicateKey:
        raise _malformed("a key that its object already has", text, _duplicate(text)) from None
    except _UnusableNumber as error:
        raise MalformedJson(str(error)) from None
    except RecursionError:
        raise MalformedJson(f"nested deeper than {MAX_DEPTH} levels") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _UnusableNumber(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits) if len(digits) <= MAX_DIGITS else float("inf")
    if not isfinite(number):
        raise _UnusableNumber("a number is too large to be kept")
    return number


def _no_number(_word: str) -> NoReturn:
    raise _UnusableNumber("NaN and Infinity are not JSON numbers")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_whole, parse_float=_fraction, parse_constant=_no_number
)


def _duplicate(text: str) -> int:
    """Return where the first key stands that its object already has."""
    open_objects: list[set[str]] = []
    for found in _KEY_OR_BRACE.finditer(text):
        if found[0] == "{":
            open_objects.append(set())
        elif found[0] == "}":
            open_objects.pop()
        elif found["key"]:
            # Decoded, because "\u0061" and "a" are one key.
            key = json.loads(found["text"])
            if key in open_objects[-1]:
                return found.start()
            open_objects[-1].add(key)
    return 0


def _malformed(what: str, text: str, position: int) -> MalformedJson:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return MalformedJson(f"{what}, at line {line}, column {column}")
