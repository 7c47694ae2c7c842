"""A pack may come from anywhere: whatever is in it, the author is told and nothing breaks."""

import os
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.errors import ContentError
from service.packs.check import check_pack
from service.packs.files import read_pack
from service.packs.freeze import load_packs
from service.packs.handouts import pages_of
from service.packs.problems import Level
from tests.packs.builders import MOVING_DA, PACK_YAML, a_folder, add_point, edit, put, the_files

DA = "da/moving.md"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE = {
    "a Python object": put("goals.yaml", "!!python/object/apply:os.system ['true']\n"),
    "a Python object in front matter": edit(DA, '"Rør dig"', "!!python/name:os.system x"),
    "a tag of its own": edit("pack.yaml", "id: knee", "id: !clinic knee"),
    "a billion laughs": put("glossary.yaml", BOMB),
    "one harmless anchor": edit("pack.yaml", "id: knee", "id: &id knee"),
    "a merge key": put("goals.yaml", "- <<: {id: walk}\n"),
    "a YAML directive": put("facts.yaml", "%YAML 1.1\n---\n[]\n"),
    "two YAML documents": put("facts.yaml", "--- []\n--- []\n"),
    "a key twice": edit("pack.yaml", "id: knee", "id: knee\nid: hip"),
    "deep nesting": put("goals.yaml", "[" * 2000 + "]" * 2000),
    "a nest that is not closed": put("goals.yaml", "[" * 5000),
    "a number of 5000 digits": put("goals.yaml", "- id: " + "9" * 5000 + "\n"),
    "a month that is not": edit("pack.yaml", "date: 2026-11-01", "date: 2026-13-41"),
    "a time for a day": edit("pack.yaml", "date: 2026-11-01", "date: 2026-11-01T10:00:00Z"),
    "a key that is a list": put("goals.yaml", "? [a]\n: b\n"),
    "a key that is a number": edit("pack.yaml", "id: knee", "id: knee\n7: seven"),
    "a tab": edit("pack.yaml", "  exact:", "\texact:"),
    "an unquoted version": edit("pack.yaml", '"1.0.0"', "1.10"),
    "an unquoted code": edit("pack.yaml", '"311401005"', "311401005"),
    "an empty pack.yaml": put("pack.yaml", ""),
    "a list for pack.yaml": put("pack.yaml", "- 1\n"),
    "NUL": put(DA, MOVING_DA.replace("Gå", "G\0å")),
    "an escaped NUL": edit(DA, '"Rør dig"', '"R\\0r dig"'),
    "half a character": edit(DA, '"Rør dig"', '"R\\ud800r dig"'),
    "text that reads backwards": put(DA, MOVING_DA.replace("Sid", "\u202eSid")),
    "not UTF-8": put(DA, MOVING_DA.encode("latin-1")),
    "UTF-16": put("pack.yaml", PACK_YAML.encode("utf-16")),
    "2 MB": put("da/mood.md", b"a" * 2_000_000),
    "a picture": add_point(DA, "![x](https://example.org/x.png) {#x full}"),
    "a script": add_point(DA, "<script>alert(1)</script> {#x full}"),
    "a script in a heading": edit(DA, "### Hver dag", "### <script>alert(1)</script>"),
    "a script in the PIXI words": edit(DA, "pixi: Gå", "pixi: <script src=//x></script> Gå"),
    "a block of HTML": edit(DA, "### Hver dag", "<div onclick=x>\n\n### Hver dag"),
    "a javascript: link": add_point(DA, "[x](javascript:alert(1)) {#x full}"),
    "a javascript: link in disguise": add_point(DA, "[x](java&#115;cript:alert(1)) {#x full}"),
    "a data: link": add_point(DA, "[x](data:text/html;base64,PHNjcmlwdD4=) {#x full}"),
    "a mail link": add_point(DA, "<mailto:a@example.org> {#x full}"),
    "a link from elsewhere": edit(DA, "## patient", "[x]: https://example.org\n\n## patient"),
    "a javascript: tool": put(
        "conversations.yaml", "- {id: t, label: {da: T, en: T}, link: 'javascript:alert(1)'}\n"
    ),
    "no end of front matter": edit(DA, "---\n\n## patient", "\n## patient"),
    "an id that leaves the folder": edit("pack.yaml", "- id: mood", "- id: ../mood"),
    "a language that leaves the folder": edit("pack.yaml", "[da, en]", "[da, ../en]"),
    "a language that leaves it later": edit("pack.yaml", "[da, en]", "[da, en/../..]"),
    "a placeholder of a template": put("facts.yaml", "- {{ config }}\n"),
}  # fmt: skip


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_refused_at_a_file_and_not_loaded(tmp_path, change):
    folder = a_folder(tmp_path, change)
    stops = [p for p in check_pack(folder) if p.level is Level.STOP]
    assert stops
    assert all(p.file in the_files() or p.file == "conversations.yaml" for p in stops)
    with pytest.raises(ContentError, match=stops[0].file.split(".")[0]):
        load_packs(tmp_path, None, today=date(2026, 11, 23))


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_reading_it_gives_a_pack_or_a_content_error(tmp_path, change):
    folder = a_folder(tmp_path, change)
    try:
        pack = read_pack(folder)
    except ContentError:
        return
    pages = b"".join(page.html for page in pages_of(pack))
    assert b"<script" not in pages
    assert b"<img" not in pages
    assert b'href="java' not in pages


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("NUL", "da/moving.md:20", "invisible character here (U+0000)"),
        ("text that reads backwards", "da/moving.md:22", "invisible character here (U+202E)"),
        ("an escaped NUL", "da/moving.md:4", "invisible character in this text"),
        ("half a character", "da/moving.md:4", "invisible character in this text"),
        ("not UTF-8", "da/moving.md:4", "not UTF-8"),
        ("2 MB", "da/mood.md", "larger than 256 kB"),
        ("a billion laughs", "glossary.yaml:1", "stand for a reference"),
        ("a Python object", "goals.yaml:1", "YAML tag"),
        ("a YAML directive", "facts.yaml:2", "YAML tag"),
        ("deep nesting", "goals.yaml:1", "nested too deep"),
        ("a key twice", "pack.yaml:2", "duplicate key"),
        ("a link from elsewhere", "da/moving.md:16", "stands apart"),
    ],
)
def test_the_author_is_told_which_line_and_why(tmp_path, name, place, words):
    problems = check_pack(a_folder(tmp_path, HOSTILE[name]))
    assert [p.place for p in problems if words in str(p)] == [place]


def test_a_link_that_leads_outside_is_never_followed(tmp_path):
    folder = a_folder(tmp_path)
    (tmp_path / "secret.md").write_text("a secret")
    (folder / "da/moving.md").unlink()
    (folder / "da/moving.md").symlink_to(tmp_path / "secret.md")
    [problem] = check_pack(folder)
    assert str(problem).startswith("da/moving.md stop  This is a link")
    with pytest.raises(ContentError, match="link"):
        read_pack(folder)


def test_a_linked_folder_is_never_entered(tmp_path):
    folder = a_folder(tmp_path)
    (folder / "more").symlink_to("/etc")
    [problem] = check_pack(folder)
    assert str(problem).startswith("more stop  This is a link")


def test_a_pipe_does_not_make_the_linter_wait(tmp_path):
    folder = a_folder(tmp_path)
    os.mkfifo(folder / "pipe.yaml")
    assert "pipe.yaml stop  This is not an ordinary file" in str(check_pack(folder)[0])


def test_ten_thousand_files_are_refused(tmp_path):
    folder = a_folder(tmp_path)
    for number in range(600):
        (folder / f"{number}.txt").touch()
    assert any("more than 500 files" in str(problem) for problem in check_pack(folder))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(file=st.sampled_from(sorted(the_files())), junk=st.binary(max_size=200))
def test_any_bytes_in_any_file_give_problems_and_no_crash(tmp_path, file, junk):
    assert isinstance(check_pack(a_folder(tmp_path, put(file, junk))), list)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    file=st.sampled_from(sorted(the_files())),
    place=st.floats(0, 1),
    junk=st.text(alphabet="-#{}[]&*!|>'\"%@`:,?\n\t <=~a1æ\\.", min_size=1, max_size=8),
)
def test_a_slip_of_the_hand_anywhere_gives_problems_and_no_crash(tmp_path, file, place, junk):
    def slip(files):
        at = int(place * len(files[file]))
        files[file] = files[file][:at] + junk + files[file][at:]

    assert isinstance(check_pack(a_folder(tmp_path, slip)), list)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_a_problem(tmp_path):
    folder = a_folder(tmp_path)
    (folder / "goals.yaml").chmod(0)
    assert any("goals.yaml stop  The file cannot be read" in str(p) for p in check_pack(folder))
