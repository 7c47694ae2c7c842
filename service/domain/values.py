"""How values are made: frozen to the type checker, and cheap to import and to build.

The standard library compiles six functions for each frozen dataclass, which was a quarter of
the time to start, and sets each field by a call, which was a fifteenth of the time of a
request. Here one is compiled, and that a value never changes is held by mypy, over all of the
service (docs/decisions/0034).
"""

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # what mypy reads the rules off
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, **how):
        """As `dataclasses.dataclass`, but nothing at run time keeps a field from being set."""
        if cls is None:
            return lambda wanted: dataclass(wanted, frozen=frozen, eq=eq, **how)
        cls.__doc__ = cls.__doc__ or cls.__name__  # else a signature is worked out for it
        made = dataclasses.dataclass(repr=False, eq=False, **how)(cls)
        made.__repr__ = _told
        if eq:
            _make_equal(made, hashed=frozen)
        return made


def _make_equal(made: Any, *, hashed: bool) -> None:
    """Equal are values of one class with equal fields; `hash` goes by the same fields."""
    names = [field.name for field in dataclasses.fields(made) if field.compare]
    values = attrgetter(*names) if names else lambda _: ()

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or values(self) == values(other)

    made.__eq__ = equal
    made.__hash__ = (lambda self: hash(values(self))) if hashed else None


def _told(self: Any) -> str:
    fields = (field.name for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(f'{n}={getattr(self, n)!r}' for n in fields)})"
