"""Handouts on paper: PDF/UA that a screen reader can read, in two sizes, and nothing else in it.

Printed by the real WeasyPrint and read by Poppler, an implementation of another hand.
"""

import re
import shutil
import socket
import subprocess
import sys
import zlib
from contextlib import suppress
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest

from service.domain.content import Edition, HandoutForm
from service.packs.files import read_pack
from service.packs.handouts import pages_of
from service.packs.page_text import blocks
from service.packs.paper import PRINTED, NoPress, open_press
from tests.conftest import missing
from tests.house.tracked import ROOT
from tests.packs.builders import a_folder, edit
from tests.packs.pages import page
from tests.packs.rtl import LANGUAGE, right_to_left
from tests.packs.test_lumbar_spinal_stenosis import FOLDER, for_physio

pytestmark = pytest.mark.real
BOTH = [HandoutForm.PDF, HandoutForm.LARGE]
# One topic with every kind of list, and the longest; in each language, edition and size.
SEEN = list(product(("treatment", "complete"), Edition, ("da", "en"), PRINTED))


@pytest.fixture(scope="module")
def press():
    if not shutil.which("pdftotext"):
        missing("Poppler (pdftotext, pdfinfo) is not installed")
    try:
        return open_press()
    except NoPress as error:
        missing(f"WeasyPrint does not run: {error}")


@pytest.fixture(scope="module")
def pack():
    return read_pack(FOLDER)


@pytest.fixture(scope="module")
def sheets(press, pack, tmp_path_factory):
    """The PDFs that are looked at, as files."""
    folder = tmp_path_factory.mktemp("pdf")
    pages = {(p.handout, p.edition, p.language): p.html for p in pages_of(pack)}
    found = {}
    for handout, edition, language, form in SEEN:
        path = folder / f"{handout}-{edition}-{language}-{form}.pdf"
        path.write_bytes(press(pages[handout, edition, language], form))
        found[handout, edition, language, form] = path
    return found


def poppler(tool: str, path: Path, *options: str) -> str:
    done = subprocess.run([tool, *options, path, *(["-"] if tool == "pdftotext" else [])],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return done.stdout


def info(path: Path, *options: str) -> str:
    return poppler("pdfinfo", path, *options)


def words_of(path: Path) -> str:
    """The words in reading order, white space made one space."""
    return " ".join(poppler("pdftotext", path).split())


def unpacked(path: Path) -> bytes:
    """The file with its compressed parts as they are meant; pdfinfo tells no language."""
    raw = path.read_bytes()
    for packed in re.finditer(rb"stream\n(.*?)\nendstream", raw, re.DOTALL):
        with suppress(zlib.error):
            raw += zlib.decompress(packed[1])
    return raw


@pytest.mark.parametrize("which", SEEN, ids="-".join)
def test_it_is_tagged_with_title_and_language(sheets, pack, which):
    handout, _, language, _ = which
    told = info(sheets[which])
    title = pack.handout(handout).title.in_language(language)
    assert re.search(rf"^Title: +{re.escape(title)}$", told, re.MULTILINE)
    assert re.search(r"^Tagged: +yes$", told, re.MULTILINE)
    raw = unpacked(sheets[which])
    assert f"/Lang ({language})".encode() in raw
    assert b"pdfuaid:part" in raw


@pytest.mark.parametrize("which", SEEN, ids="-".join)
def test_its_structure_has_headings_and_lists_as_the_page_has(sheets, pack, which):
    handout, edition, language, _ = which
    tree = info(sheets[which], "-struct-text")
    pages = {(p.handout, p.edition, p.language): p.html for p in pages_of(pack)}
    on_page = [block.tag for block in blocks(pages[handout, edition, language])]
    tags = [line.split()[0] for line in tree.splitlines() if line.strip() and '"' not in line]
    assert tags.count("H1") == 1
    assert tags.count("H2") + tags.count("H3") == on_page.count("h2") + on_page.count("h3")
    assert tags.count("Lbl") == on_page.count("li")  # each with its sign
    assert tags.count("L") > 1


@pytest.mark.parametrize("which", SEEN, ids="-".join)
def test_all_the_words_of_the_page_are_on_paper_and_none_of_the_physiotherapists(
    sheets, pack, which
):
    handout, edition, language, _ = which
    shown = words_of(sheets[which])
    pages = {(p.handout, p.edition, p.language): p.html for p in pages_of(pack)}
    said = [b.words for b in blocks(pages[handout, edition, language]) if b.tag == "li"]
    lacking = [words for words in said if words not in shown]
    assert [words for words in lacking if not _over_a_page_break(words, shown)] == []
    lower = shown.lower()
    assert [words for words in for_physio(pack) if words in lower] == []
    assert "LSS-" not in shown


def _over_a_page_break(words: str, shown: str) -> bool:
    """Head and foot of a sheet may stand inside an item that goes on over leaf."""
    half = len(words) // 2
    return any(words[:n] in shown and words[n:].strip() in shown for n in range(half, len(words)))


@pytest.mark.parametrize("which", SEEN, ids="-".join)
def test_each_sheet_says_draft_which_text_and_which_page_of_how_many(sheets, which):
    _, _, language, _ = which
    path = sheets[which]
    count = int(re.search(r"^Pages: +(\d+)$", info(path), re.MULTILINE)[1])
    page, of = {"da": ("Side", "af"), "en": ("Page", "of")}[language]
    draft = {"da": "Kladde, ikke godkendt", "en": "Draft, not approved"}[language]
    for number in range(1, count + 1):
        sheet = " ".join(poppler("pdftotext", path, "-f", str(number), "-l", str(number)).split())
        assert draft in sheet
        assert "Version 0.1.0" in sheet
        assert f"{page} {number} {of} {count}" in sheet


@pytest.mark.parametrize(("form", "size"), [(HandoutForm.PDF, 12), (HandoutForm.LARGE, 18)])
def test_the_text_is_as_large_as_it_should_be(sheets, form, size):
    layout = poppler("pdftohtml", sheets["treatment", Edition.FULL, "da", form],
                     "-xml", "-stdout", "-i", "-zoom", "1")  # fmt: skip
    sizes = {m[1]: int(m[2]) for m in re.finditer(r'<fontspec id="(\d+)" size="(\d+)"', layout)}
    in_lists = [sizes[m[1]] for m in re.finditer(r'font="(\d+)">Bevæg dig hver eneste', layout)]
    assert in_lists
    assert min(in_lists) >= size - 1  # Poppler rounds down


@pytest.mark.parametrize("which", SEEN[:4], ids="-".join)
def test_every_font_is_inside(sheets, which):
    fonts = poppler("pdffonts", sheets[which]).splitlines()[2:]
    assert fonts
    assert [font for font in fonts if not re.search(r"\byes\s+yes\s+yes\b", font)] == []


@pytest.mark.parametrize("form", BOTH)
def test_it_is_printed_black_on_white(press, tmp_path, form):
    """No colour at all: ink is dear, and a banner's colour says nothing in black and white."""
    path = tmp_path / "x.pdf"
    path.write_bytes(press(page(a_folder(tmp_path)).encode(), form))
    subprocess.run(["pdftoppm", "-r", "40", path, tmp_path / "sheet"], check=True)
    images = sorted(tmp_path.glob("sheet*.ppm"))
    assert images
    for image in images:
        pixels = image.read_bytes().split(b"\n", 3)[3]
        assert all(
            max(pixels[at : at + 3]) - min(pixels[at : at + 3]) < 8
            for at in range(0, len(pixels) - 2, 3)
        )


def test_the_same_page_gives_the_same_bytes_in_another_process(press, tmp_path):
    html = page(a_folder(tmp_path)).encode()
    (tmp_path / "page.html").write_bytes(html)
    program = (
        "import sys, hashlib\nfrom pathlib import Path\n"
        "from service.packs.paper import PRINTED, open_press\npress = open_press()\n"
        f"html = Path({str(tmp_path / 'page.html')!r}).read_bytes()\n"
        "print(*(hashlib.sha256(press(html, form)).hexdigest() for form in PRINTED))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                          env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}, check=True)  # fmt: skip
    assert done.stdout.split() == [sha256(press(html, form)).hexdigest() for form in PRINTED]


def test_nothing_is_fetched_for_a_page(press, tmp_path):
    words = "[læs](https://example.org/x)"
    html = page(a_folder(tmp_path, edit("da/moving.md", "når du er træt", words))).encode()
    path = tmp_path / "x.pdf"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        picture = f'<img src="http://127.0.0.1:{listening.getsockname()[1]}/x.png" alt="">'
        wicked = html.replace(b"</article>", picture.encode() + b"</article>")
        path.write_bytes(press(wicked, HandoutForm.PDF))
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert "(https://example.org/x)" in words_of(path)


def test_a_page_that_is_written_from_right_to_left_is_printed_so(press, tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(press(page(right_to_left(tmp_path), language=LANGUAGE).encode(), BOTH[0]))
    assert f"/Lang ({LANGUAGE})".encode() in unpacked(path)
    boxes = poppler("pdftotext", path, "-bbox")
    begins = [float(m[1]) for m in re.finditer(r'xMax="([\d.]+)"', boxes)]
    assert max(begins) > 500  # text begins at the right margin of A4, 595 points wide
