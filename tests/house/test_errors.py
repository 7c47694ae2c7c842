"""Everything that can go wrong has one code, and one row that says how it looks outside."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import service
from service.domain.errors import ServiceError
from service.web.errors import ERRORS
from tests.house.tracked import tracked

# R4 4.0.1, http://hl7.org/fhir/issue-type: the required binding of OperationOutcome.issue.code.
ISSUE_TYPES = {
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
}
# Answered before the application is reached, so it has no class.
NO_CLASS = {"malformed-http", "unavailable"}


def every_error() -> list[type[ServiceError]]:
    """The whole tree, wherever its classes are defined."""
    for module in pkgutil.walk_packages(service.__path__, "service."):
        # Alembic's door runs migrations when imported, the other two start the service.
        if not module.name.startswith(
            ("service.store.migrations", "service.wsgi", "service.__main__")
        ):
            importlib.import_module(module.name)
    return list(subclasses_of(ServiceError))


def subclasses_of(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield error
    for child in error.__subclasses__():
        yield from subclasses_of(child)


def test_every_error_has_a_row_in_the_table():
    missing = {error.__name__ for error in every_error() if error.code not in ERRORS}
    assert missing == set()


def test_every_row_is_of_an_error():
    assert set(ERRORS) - {error.code for error in every_error()} == NO_CLASS


def test_no_two_errors_share_a_code():
    codes = [error.code for error in every_error()]
    assert sorted(codes) == sorted(set(codes))


def test_every_error_says_how_to_mend_it():
    assert {error.__name__ for error in every_error() if not error.how_to_fix} == set()


@pytest.mark.parametrize("code", ERRORS)
def test_every_row_has_a_status_and_an_r4_issue_type(code):
    shown = ERRORS[code]
    assert 400 <= shown.status < 600
    assert shown.issue_type in ISSUE_TYPES
    assert shown.title


def test_only_the_outermost_door_catches_everything():
    caught = [
        path
        for path, text in tracked(".py")
        if path.startswith("service/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    # web/errors.py has it as a registered handler; fhirpathpy raises nothing narrower (0021);
    # what goes wrong in a thread of in_time.py is raised where it is waited for.
    assert sorted(caught) == ["service/usecases/in_time.py", "service/web/fhirpath.py"]
