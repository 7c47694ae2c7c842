"""Where PDFs cannot be made, the rest is made, and what is missing is said."""

import os

from tests.commands import clean_environment, run_command
from tests.house.tracked import ROOT
from tests.packs.builders import a_folder

# As on a machine without the extra: importing it fails.
HIDDEN = "raise ImportError('not installed')"


def test_without_the_extra_there_are_pages_and_text_and_a_line_that_says_so(tmp_path):
    a_folder(tmp_path / "content")
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "weasyprint.py").write_text(HIDDEN)
    own = {"VAR_DIR": str(tmp_path / "var"), "CONTENT_DIR": str(tmp_path / "content")}
    hiding = {"PYTHONPATH": os.pathsep.join((str(tmp_path / "without"), str(ROOT)))}
    done = run_command("content", "build", environment=clean_environment(**own) | hiding)
    assert done.returncode == 0
    assert "  6 pages, 0 PDFs; " in done.stdout
    assert done.stderr == (
        "No PDFs are made: the extra is not installed: pip install 'education-plan-service[pdf]'\n"
    )
