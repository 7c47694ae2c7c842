"""No module over 400 lines, no function over 60: longer means two ideas."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tracked import tracked

ROOMS = ("service/", "tests/", "bench/", "docs/", "deploy/", "fhir_profiles/")
MODULE, FUNCTION = 400, 60
# A migration lists its tables, one after the other; it is written once and never grows.
LISTS = "service/store/migrations/versions/"
# The service as one would write it first, kept as it is to be measured against.
NAIVE = "bench/baselines.py: answer"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[tuple[str, str]]:
    return [(path, text) for path, text in tracked(".py") if path.startswith(ROOMS)]


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every function with its own lines.

    Those of functions inside it are theirs, and a decorator, such as a table of test cases,
    stands before it.
    """
    for node in ast.walk(tree):
        if isinstance(node, Function):
            own = (node.end_lineno or node.lineno) - node.lineno + 1
            yield node.name, own - sum(map(_lines, _inside(node)))


def _lines(function: Function) -> int:
    first = min([function.lineno, *(mark.lineno for mark in function.decorator_list)])
    return (function.end_lineno or first) - first + 1


def _inside(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _inside(child)


def test_no_module_is_too_long():
    found = sources()
    assert len(found) > 100, "the sources were not found"
    long = {path: len(text.splitlines()) for path, text in found}
    assert {path: lines for path, lines in long.items() if lines > MODULE} == {}


def test_no_function_is_too_long():
    long = {
        f"{path}: {name}": lines
        for path, text in sources()
        if not path.startswith(LISTS)
        for name, lines in functions(ast.parse(text))
        if lines > FUNCTION
    }
    long.pop(NAIVE, None)
    assert long == {}


@pytest.mark.parametrize("inner", [0, 3])
def test_the_lines_of_inner_functions_are_their_own(inner):
    body = "".join(f"    @mark\n    def f{n}():\n        pass\n" for n in range(inner))
    found = dict(functions(ast.parse(f"def outer():\n{body}    return 1\n")))
    assert found["outer"] == 2
    assert {lines for name, lines in found.items() if name != "outer"} <= {2}
