"""Two machines, and content prepared once: reading it takes a second each time."""

from pathlib import Path

import pytest

from service.app import build_parts
from service.config.settings import read_settings
from tests.backups.installation import Installation


@pytest.fixture(scope="session")
def frozen(tmp_path_factory) -> Path:
    var = tmp_path_factory.mktemp("frozen")
    build_parts(read_settings({"EDUPLAN_VAR_DIR": str(var)}))
    return var


@pytest.fixture
def here(tmp_path, frozen):
    made = Installation(tmp_path / "here" / "var", frozen=frozen)
    yield made
    made.stop()


@pytest.fixture
def there(tmp_path, frozen):
    """Another machine, on which nothing was done yet."""
    made = Installation(tmp_path / "there" / "var", frozen=frozen)
    yield made
    made.stop()
