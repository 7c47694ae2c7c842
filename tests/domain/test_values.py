"""Values: equal by what they hold, told as what they hold, and not to be changed."""

import ast
import copy
import dataclasses
import pickle
from pathlib import Path

import orjson
import pytest
from mypy import api

from service.domain.codes import Coding
from service.domain.values import dataclass

SERVICE = Path(__file__).parents[2] / "service"


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    note: str = dataclasses.field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Place(Point):
    """A point with a name."""

    name: str = "here"


@dataclass(slots=True)
class Counter:
    many: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Marker:
    x: int


@dataclass(frozen=True, slots=True)
class Nothing: ...


def test_values_with_equal_fields_are_equal_and_hash_alike():
    assert Point(1, 2) == Point(1, 2, note="said otherwise")
    assert hash(Point(1, 2)) == hash(Point(1, 2, note="said otherwise"))
    assert Point(1, 2) != Point(2, 1)
    assert {Point(1), Point(1), Nothing(), Nothing()} == {Point(1), Nothing()}


def test_values_of_two_kinds_are_never_equal():
    assert Point(1) != Place(1)
    assert Point(1) != (1, 0)


def test_what_is_one_of_a_kind_equals_itself_only():
    marker = same = Marker(1)
    assert {marker, same} == {marker}
    assert marker != Marker(1)


def test_what_may_change_cannot_be_hashed():
    counter = Counter()
    counter.many += 1
    assert counter == Counter(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_a_value_tells_what_it_holds():
    assert repr(Place(1, 2, "hidden", "Hus")) == "Place(x=1, y=2, name='Hus')"
    assert Point.__doc__ == "Point"
    assert Place.__doc__ == "A point with a name."


def test_a_value_has_no_other_fields():
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), dataclasses.replace],
    ids=["copy", "deep copy", "pickle", "replace"],
)
def test_a_value_can_be_copied(again):
    assert again(Coding("urn:oid:1", "DM480")) == Coding("urn:oid:1", "DM480")


def test_a_value_is_written_as_json():
    assert orjson.loads(orjson.dumps(Point(1))) == dataclasses.asdict(Point(1))


def test_the_type_checker_lets_nobody_change_a_value(tmp_path):
    changing = tmp_path / "changing.py"
    changing.write_text(
        "from service.domain.codes import Coding\n\n"
        'code = Coding("urn:oid:1", "DM480")\n'
        'code.code = "DM541"\n'
    )
    told, _, status = api.run(["--strict", str(changing)])
    assert status == 1
    assert 'Property "code" defined in "Coding" is read-only' in told


def test_the_service_has_one_kind_of_dataclass():
    others = [
        str(path.relative_to(SERVICE))
        for path in SERVICE.rglob("*.py")
        if path != SERVICE / "domain" / "values.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if any(alias.name in ("dataclass", "make_dataclass") for alias in node.names)
    ]
    assert others == []
