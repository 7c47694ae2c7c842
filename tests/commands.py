"""Our commands in processes of their own, as an operator starts them, and what they may not say."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.canaries import lines_with_canaries

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "service")
# Commands whose answer is a token, what is kept of a patient, or the demo's made-up patients.
HANDS_OUT = ("token", "audit", "export-patient", "demo")


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of ours and no others."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("EDUPLAN_")}
    return outside | {f"EDUPLAN_{name}": value for name, value in settings.items()}


def run_command(
    *words: str,
    environment: Mapping[str, str],
    command: Sequence[str | Path] = COMMAND,
    cwd: Path = ROOT,
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and look for canaries in all it says, but for an answer that hands out.

    `command` is what the words are for: ours under strace, or as it was installed.
    """
    done = subprocess.run(
        [*command, *words],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    shown = done.stderr if words[0] in HANDS_OUT else done.stderr + done.stdout
    assert [*lines_with_canaries(shown)] == [], f"{words[0]} says what may stand in no output"
    return done


def start_command(
    environment: Mapping[str, str],
    log: Path,
    *words: str,
    command: Sequence[str | Path] = COMMAND,
    cwd: Path = ROOT,
) -> subprocess.Popen[bytes]:
    """Start one that goes on. What it says goes to the end of the log.

    A log below a test's own folder, called so or `*.log`, is looked into after the last test.
    """
    with log.open("a") as said:
        return subprocess.Popen(
            [*command, *words], env=environment, stdout=said, stderr=said, cwd=cwd
        )
