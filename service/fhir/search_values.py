"""Whether a value in a resource is what a search asks for: token, reference, date, uri, string.

Source: https://hl7.org/fhir/R4/search.html. Modifiers, chains and `_has` are not spoken
(decision 15): a value is compared, and nothing else.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)
_PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_STEP = re.compile(r"([A-Za-z]+)(?:\(([^)]*)\))?(?:\.|$)")
_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)

Interval = tuple[datetime, datetime]  # from, and up to but without


def values(resource: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path such as `activity.reference`, lists one by one.

    `extension(url)` and `relatedArtifact(type)` take only those of that url or type.
    """
    if isinstance(resource, list):
        for each in resource:
            yield from values(each, path)
    elif not path:
        yield resource
    elif isinstance(resource, dict) and (step := _STEP.match(path)):
        name, only = step.groups()
        rest = path[step.end() :]
        inner = resource.get(name, [])
        if only is not None:
            inner = [each for each in inner if only in (each.get("url"), each.get("type"))]
        yield from values(inner, rest)


def is_token(value: Any, asked: str) -> bool:
    """`code`, `system|code`, `|code` or `system|`; a code that is a bare string has no system."""
    system, bar, code = asked.rpartition("|")
    for has_system, has_code in _tokens(value):
        if bar and system != (has_system or ""):
            continue
        if code in ("", has_code) and (code or bar):
            return True
    return False


def _tokens(value: Any) -> Iterator[tuple[str | None, str | None]]:
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, bool):
        yield None, str(value).lower()
    elif isinstance(value, dict):
        codings = value.get("coding", [value])
        for each in codings:
            yield each.get("system"), each.get("code", each.get("value"))


def is_reference(value: Any, asked: str) -> bool:
    """`Type/id`, or an id alone; the address of a server before it makes no difference."""
    literal = value.get("reference", "") if isinstance(value, dict) else ""
    local = "/".join(literal.split("/_history/")[0].split("/")[-2:])
    wanted = "/".join(asked.split("/")[-2:])
    return bool(local) and (local == wanted or ("/" not in wanted and local.endswith(f"/{wanted}")))


def is_uri(value: Any, asked: str) -> bool:
    """The whole URI; a canonical without a version stands for all its versions."""
    return isinstance(value, str) and asked in (value, value.split("|")[0])


def is_string(value: Any, asked: str) -> bool:
    """The value begins with it, in small letters or large (R4 string, without modifier)."""
    return isinstance(value, str) and value.casefold().startswith(asked.casefold())


def is_date(value: Any, asked: str) -> bool:
    """Compare by prefix; a date stands for the whole day, a Period for all it spans."""
    prefix, text = split_prefix(asked)
    wanted, has = interval(text), _interval_of(value)
    if wanted is None or has is None:
        return False
    within = wanted[0] <= has[0] and has[1] <= wanted[1]
    return {
        "eq": within,
        "ne": not within,
        "gt": has[1] > wanted[1],
        "lt": has[0] < wanted[0],
        "ge": has[1] > wanted[1] or within,
        "le": has[0] < wanted[0] or within,
        "sa": has[0] >= wanted[1],
        "eb": has[1] <= wanted[0],
        "ap": has[0] < wanted[1] and wanted[0] < has[1],
    }[prefix]


def split_prefix(asked: str) -> tuple[str, str]:
    prefix = asked[:2]
    return (prefix, asked[2:]) if prefix in _PREFIXES else ("eq", asked)


def interval(text: str) -> Interval | None:
    """Return the time that a date of any precision spans; None when it is none.

    Without a zone it is taken as UTC, as the service writes it.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = found[7] or "Z"
    start = f"{year:04}-{month or 1:02}-{day or 1:02}T{hour:02}:{minute:02}:{second:02}"
    try:
        low = datetime.fromisoformat(start + zone.replace("Z", "+00:00")).astimezone(UTC)
        return low, low + _span(found, low)
    except (ValueError, OverflowError):
        return None


def _span(found: re.Match[str], low: datetime) -> timedelta:
    if found[6]:
        return timedelta(seconds=1)
    if found[4]:
        return timedelta(minutes=1)
    if found[3]:
        return timedelta(days=1)
    if found[2]:
        return (low.replace(day=28) + timedelta(days=4)).replace(day=1) - low
    return low.replace(year=low.year + 1) - low


def earliest(value: Any) -> datetime | None:
    """Return when a date, or a Period that says so, begins."""
    found = _interval_of(value)
    return found[0] if found and found[0] > _NEVER else None


def _interval_of(value: Any) -> Interval | None:
    if isinstance(value, str):
        return interval(value)
    if not isinstance(value, dict):
        return None
    start, end = interval(value.get("start", "")), interval(value.get("end", ""))
    low = start[0] if start else _NEVER
    return low, (end[1] if end else _ALWAYS)


COMPARISONS = {
    "token": is_token,
    "reference": is_reference,
    "canonical": is_uri,
    "date": is_date,
    "uri": is_uri,
    "string": is_string,
}
