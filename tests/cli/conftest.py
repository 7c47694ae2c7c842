"""What the tests of commands share."""

import pytest

from tests.commands import clean_environment, run_command


@pytest.fixture
def command(database, tmp_path):
    """Run a command on a database of the test's own, in a process of its own."""
    environment = clean_environment(VAR_DIR=str(tmp_path), DATABASE_URL=f"sqlite:///{database}")
    return lambda *words, **more: run_command(*words, environment=environment, **more)
