"""Says at the end of a run how many moments were swept in all."""

import pytest

from tests.faults.strace import SWEPT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SWEPT:
        points, hits = SWEPT["points"], SWEPT["hits"]
        terminalreporter.write_line(f"Swept in all: {points} points, {hits} of them met")
