"""The formats of FHIR R4's primitive types: one predicate for each. Knows no elements.

Source: https://hl7.org/fhir/R4/datatypes.html#primitive. Where R4's own regex is too wide,
or slow on purpose-made input, the words of the page are checked instead.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from math import isfinite

from service.domain.values import dataclass

MAX_TEXT = 1024 * 1024  # R4 string: at most 1 MB


@dataclass(frozen=True, slots=True)
class Format:
    """How a primitive is written. `holds` is asked only for values of a `json` type."""

    json: tuple[type, ...]
    holds: Callable[..., object]
    expected: str
    how_to_fix: str = ""


# R4 string: no characters below U+0020 but tab, carriage return and line feed.
_TEXT = re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f]{{1,{MAX_TEXT}}}")
# A link is shown to people one day; a scheme that runs code is never one. Nearly all begin with
# one of the first two, and are not looked at twice.
_URI = re.compile(r"(?:http|urn:|(?!(?i:javascript|vbscript):))[^\s\x00-\x1f]+")
# R4 code: one space at most between words; the regex of R4 lets tabs and line feeds through.
_CODE = re.compile(r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*+")
# R4's own regex for base64Binary takes exponential time on a long run of spaces.
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_INTEGER = (-(2**31), 2**31 - 1)
# R4 decimal: 18 digits at most are promised to survive.
_DECIMAL = 10**18


def formats(regexes: Mapping[str, str]) -> dict[str, Format]:
    """Return the format of every primitive type; `regexes` are R4's own (r4_shapes.json)."""
    match = {name: re.compile(regex, re.ASCII).fullmatch for name, regex in regexes.items()}

    def patterned(name: str, further: Callable[[str], bool]) -> Callable[[str], object]:
        regex = match[name]
        return lambda value: regex(value) and further(value)

    text = _text("text of 1 to 1,048,576 characters, without control characters", _TEXT.fullmatch)
    # `Patient/..` is another address than it looks (RFC 3986, 5.2.4), so no id may be dots alone.
    id_ = re.compile(rf"(?!\.{{1,2}}\Z)(?:{regexes['id']})", re.ASCII)
    uri = _text("a URI without spaces that runs no script", _URI.fullmatch)
    day = "Write it as 2024, 2024-05 or 2024-05-31."
    moment = "Write it as 2024-05-31T10:15:00+02:00, with seconds and the time zone."
    return {
        "string": text,
        "markdown": text,
        "xhtml": text,
        "uri": uri,
        "url": uri,
        "canonical": uri,
        "code": _text("a code: words with single spaces between them", _CODE.fullmatch),
        "base64Binary": _text("base64", _is_base64),
        "id": _text("an id: 1 to 64 of A-Z, a-z, 0-9, - and .", id_.fullmatch),
        "oid": _text("urn:oid: and an OID", match["oid"]),
        "uuid": _text("urn:uuid: and a UUID in small letters", match["uuid"]),
        "date": _text("a date that is in the calendar", patterned("date", _is_day), day),
        "dateTime": _text(
            "a date that is in the calendar, and a time zone when there is a time",
            patterned("dateTime", _is_day_or_moment),
            day + " " + moment,
        ),
        "instant": _text("a moment with a time zone", patterned("instant", _is_moment), moment),
        "time": _text("a time of day, as 10:15:00", patterned("time", _is_time)),
        "boolean": Format((bool,), _anything, "true or false"),
        "integer": _whole(*_INTEGER),
        "unsignedInt": _whole(0, _INTEGER[1]),
        "positiveInt": _whole(1, _INTEGER[1]),
        "decimal": Format((int, float), _is_decimal, "a number of at most 18 digits"),
    }


def _text(expected: str, holds: Callable[..., object], how_to_fix: str = "") -> Format:
    return Format((str,), holds, expected, how_to_fix)


def _whole(least: int, most: int) -> Format:
    allowed = range(least, most + 1)
    return Format((int,), allowed.__contains__, f"a whole number from {least} to {most}")


def _anything(_value: object) -> bool:
    return True


def _is_base64(value: str) -> bool:
    packed = "".join(value.split())
    return packed != "" and _BASE64.fullmatch(packed) is not None


def _is_decimal(value: int | float) -> bool:
    return -_DECIMAL < value < _DECIMAL if type(value) is int else isfinite(value)


def _is_day(value: str) -> bool:
    if len(value) < len("2024-05-31"):
        return True
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_moment(value: str) -> bool:
    """Tell whether it can be told in UTC: no leap second (R4 has them, Python has not)."""
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _is_day_or_moment(value: str) -> bool:
    return _is_moment(value) if "T" in value else _is_day(value)


def _is_time(value: str) -> bool:
    return value[6:8] != "60"
