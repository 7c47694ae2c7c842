"""Who may see whose data is decided by one function, `Caller.may_see`, and nowhere else."""

import ast

import pytest

from tests.house.tracked import tracked

DECIDES = "service/usecases/ports.py"
LIMITS = ("caller.patient", "launch.patient", "self.patient", "launch.participants", "caller.also")


def comparisons(source: str) -> list[str]:
    """What a module compares with the limit of a caller, in its own words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            if any(limit in side for side in sides for limit in LIMITS):
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "source",
    [
        "caller.patient == stored.plan.patient",
        "plan.patient in ('', self.caller.patient)",
        "[x for x in y if g.launch.patient != x.patient]",
        "patient in caller.also",
    ],
)
def test_a_decision_made_elsewhere_would_be_found(source):
    assert len(comparisons(source)) == 1


def test_no_module_decides_for_itself_whose_data_a_caller_may_see():
    found = {
        path: told
        for path, source in tracked(".py")
        if path.startswith("service/") and path != DECIDES and (told := comparisons(source))
    }
    assert found == {}
