"""`content build` and `content translated`: what a guideline team types."""

import shutil

import pytest
from click.testing import CliRunner

from service.cli import main
from service.packs.paper import NoPress, open_press
from tests.conftest import missing
from tests.packs.builders import a_folder, edit


@pytest.fixture
def content(tmp_path):
    return tmp_path / "content"


@pytest.fixture
def run(monkeypatch, tmp_path, content):
    monkeypatch.setenv("EDUPLAN_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("EDUPLAN_CONTENT_DIR", str(content))
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def press():
    try:
        return open_press()
    except NoPress as error:
        missing(f"WeasyPrint does not run: {error}")


def test_it_says_what_there_is_of_each_pack_and_its_translations(run, content):
    a_folder(content)
    answer = run("content", "build", "--no-pdf")
    assert answer.exit_code == 0, answer.output
    first, second = answer.stdout.splitlines()
    assert first.startswith("knee 1.0.0 (draft) ")
    assert second == "  6 pages, 0 PDFs; en: 2 unchecked"


def test_handouts_can_be_copied_to_be_looked_at(run, content, tmp_path):
    a_folder(content)
    run("content", "build", "--no-pdf", "--into", str(tmp_path / "look"))
    names = {path.name for path in (tmp_path / "look" / "knee").iterdir()}
    assert {"leaflet-full-da.html", "leaflet-pixi-en.txt", "leaflet-full-other.html"} <= names
    page = (tmp_path / "look" / "knee" / "leaflet-full-da.html").read_text("utf-8")
    assert "Gå en tur hver dag." in page


@pytest.mark.real
def test_pdfs_are_printed_once_and_the_pack_knows_them(run, content, tmp_path, press):
    a_folder(content)
    first = run("content", "build", "--into", str(tmp_path / "look"))
    assert first.exit_code == 0, first.output
    assert "  6 pages, 8 PDFs; " in first.stdout
    assert "Printing handouts: 8 of 8" in first.stderr
    printed = tmp_path / "look" / "knee" / "leaflet-full-da-large.pdf"
    assert printed.read_bytes().startswith(b"%PDF-1.7")
    again = run("content", "build")
    assert (again.stdout, again.stderr) == (first.stdout, "")


@pytest.mark.real
def test_the_same_content_built_elsewhere_gives_the_same_bytes(run, content, tmp_path, press):
    a_folder(content)
    looks = [tmp_path / "one", tmp_path / "two"]
    for look in looks:
        assert run("content", "build", "--into", str(look)).exit_code == 0
        shutil.rmtree(tmp_path / "var")
    first, second = ({p.name: p.read_bytes() for p in (look / "knee").iterdir()} for look in looks)
    assert first == second
    assert sum(name.endswith(".pdf") for name in first) == 8


def test_a_pack_that_may_not_be_used_gets_no_handouts(run, content, monkeypatch, tmp_path):
    a_folder(content)
    monkeypatch.setenv("EDUPLAN_DRAFT_CONTENT", "no")
    answer = run("content", "build", "--into", str(tmp_path / "look"))
    assert "not in use, so no handouts are kept of it" in answer.stdout
    assert not (tmp_path / "look").exists()


def test_a_problem_of_the_content_is_one_line(run, content):
    a_folder(content, edit("facts.yaml", "K-01", "K-11"))
    answer = run("content", "build")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("education-plan: pack knee: ")
    assert answer.stderr.count("\n") == 1


def test_translations_are_noted_and_told_of(run, content):
    folder = a_folder(content)
    answer = run("content", "translated", str(folder), "moving", "--language", "en")
    assert answer.stdout == "en/moving.md: up to date\n"
    assert "en: 1 current, 1 unchecked" in run("content", "build", "--no-pdf").stdout
    refused = run("content", "translated", str(folder), "--language", "sv")
    assert refused.exit_code == 1
    assert "no language 'sv'" in refused.stderr
