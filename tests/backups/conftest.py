"""Content prepared once: reading it takes a second each time."""

from pathlib import Path

import pytest

from service.app import build_parts
from service.config.settings import read_settings


@pytest.fixture(scope="session")
def frozen(tmp_path_factory) -> Path:
    var = tmp_path_factory.mktemp("frozen")
    build_parts(read_settings({"EDUPLAN_VAR_DIR": str(var)}))
    return var / "packs"
