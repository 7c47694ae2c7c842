"""The strict JSON door: bytes in, one JSON object out, or a refusal. Knows no FHIR, no Flask.

It takes what SQLite and PostgreSQL both keep as it was sent, so both answer alike.
Faults name a line and a column, never what stands there.
"""

import json
import re
from typing import NoReturn

import orjson

from service.domain.errors import BodyTooLarge, MalformedJson

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_BOM = b"\xef\xbb\xbf"
_STRUCTURE = b'"[]{}:'
_NOT_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_AS_ONE_KIND = bytes.maketrans(b"[]{}", b"()()")
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


def load(body: bytes) -> dict[str, object]:
    """Return the JSON object that the body is.

    Refused beside bad JSON: nesting over 32, a byte order mark, a key given twice in one
    object, NaN and Infinity, numbers beyond a double, lone surrogates, and control
    characters (escaped too) but tab, line feed, carriage return. Whole numbers of more
    than 64 bits come in as doubles.

    Raises:
        BodyTooLarge: over 1 MB.
        MalformedJson: anything else.

    Source: RFC 8259; RFC 7493 (I-JSON); R4 string: no characters below U+0020.
    """
    if len(body) > MAX_BYTES:
        raise BodyTooLarge(f"the body is larger than {MAX_BYTES:,} bytes")
    structure = _structure(body)
    _refuse_depth(structure)
    if b"\\" in body:
        _refuse_escapes(_decode(body))
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _refusal(_decode(body)) from None
    if type(parsed) is not dict:
        raise MalformedJson("the body must be one JSON object")
    # A parser keeps the last of two equal keys, so it gives back fewer than came.
    if structure.count(b":") != _structure(orjson.dumps(parsed)).count(b":"):
        text = _decode(body)
        raise _malformed("a key that its object already has", text, _duplicate(text))
    return parsed


def _structure(body: bytes) -> bytes:
    """Return the brackets and colons outside of strings, before anything is parsed."""
    if b"\\" in body:
        body = _ESCAPED.sub(b"", body)
    left = body.translate(None, _NOT_STRUCTURE).replace(b'""', b"")  # as many on either side
    # Every second piece between quotes is the inside of a string.
    return b"".join(left.split(b'"')[::2])


def _refuse_depth(structure: bytes) -> None:
    """Take one level away at a time, so that no parser meets deep nesting."""
    left = structure.translate(_AS_ONE_KIND, b":")
    for _ in range(MAX_DEPTH):
        if not left:
            return
        left = left.replace(b"()", b"")
    depth = 0
    for bracket in structure.replace(b":", b""):
        depth += 1 if bracket in b"[{" else -1
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


def _refusal(text: str) -> MalformedJson:
    """Say why orjson refused: json tells the place in characters, and words from numbers."""
    try:
        _READER.decode(text)
    except json.JSONDecodeError as error:
        return _malformed("not JSON", text, error.pos)
    except _NoNumber:
        return MalformedJson("NaN and Infinity are not JSON numbers")
    return MalformedJson("a number is too large to be kept")


class _NoNumber(ValueError):
    """A word of JavaScript that JSON has not got."""


def _no_number(_word: str) -> NoReturn:
    raise _NoNumber


_READER = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=_no_number)


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
