"""The files of the project: what is committed, or about to be."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked(*endings: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every file of the project that is text; `endings` narrow it."""
    # In a container the checkout may belong to another user, which git refuses unless told.
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(
        [*git, "--cached", "--others", "--exclude-standard"], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no git checkout, so nobody says which files are the project's")
    for name in sorted(set(done.stdout.decode().split("\0")) - {""}):
        path = ROOT / name
        if not path.is_file() or not name.endswith(endings or ("",)):
            continue
        try:
            yield name, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # not text
