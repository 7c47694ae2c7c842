"""domain.Pack to JSON bytes and back, losing nothing. Opens no files and no content format.

Driven by the domain's own types, so a new field of a pack needs no line here. Loaded at
every start of the service: it may import nothing slow.
"""

import types
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import orjson

from service.domain.content import Pack
from service.domain.errors import ContentError

FORMAT = 1


def freeze(pack: Pack) -> bytes:
    """Return the pack as JSON; `thaw` gives back an equal one."""
    return orjson.dumps({"format": FORMAT, "pack": _plain(pack)})


def thaw(frozen: bytes) -> Pack:
    """Return the pack that was frozen.

    Raises:
        ContentError: these bytes are not a pack frozen by this version.
    """
    try:
        outer = orjson.loads(frozen)
        if outer["format"] != FORMAT:
            raise ContentError(f"the frozen pack has format {outer['format']!r}, not {FORMAT}")
        pack: Pack = _read(Pack, outer["pack"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContentError("the frozen pack is not whole") from error
    return pack


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {str(key): _plain(item) for key, item in value.items()}
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, date) else value


def _read(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin is not None:
        return _read_generic(origin, get_args(kind), plain)
    if isinstance(kind, NewType):
        return plain
    if is_dataclass(kind):
        return _read_dataclass(kind, plain)
    if issubclass(kind, StrEnum):
        return kind(plain)
    if kind is bytes:
        return b64decode(plain)
    return date.fromisoformat(plain) if kind is date else plain


def _read_dataclass(kind: Any, plain: Any) -> Any:
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], item) for name, item in plain.items()})


def _read_generic(origin: Any, args: tuple[Any, ...], plain: Any) -> Any:
    if origin is tuple and args[-1] is not Ellipsis:
        return tuple(_read(kind, item) for kind, item in zip(args, plain, strict=True))
    if origin in (tuple, frozenset):
        return origin(_read(args[0], item) for item in plain)
    if origin in (types.UnionType, Union):  # only `X | None` occurs
        return None if plain is None else _read(args[0], plain)
    pairs = plain.items() if isinstance(plain, dict) else plain
    return {_read(args[0], key): _read(args[1], item) for key, item in pairs}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
