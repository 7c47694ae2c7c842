"""The page a patient reads: right words, safe marks, nothing of the physiotherapist's."""

import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from service.domain.content import Edition, PackState
from service.packs.files import read_pack
from service.packs.handouts import with_handouts
from tests.packs.builders import a_folder, edit, in_both


def page(folder, edition=Edition.FULL, language="da"):
    return read_pack(folder).handouts[0].files[edition, language].html.decode()


def test_there_is_a_page_for_each_edition_and_language(tmp_path):
    files = read_pack(a_folder(tmp_path)).handouts[0].files
    assert set(files) == {(e, lang) for e in Edition for lang in ("da", "en")}
    full = files[Edition.FULL, "da"]
    assert full.sha256 == hashlib.sha256(full.html).hexdigest()
    assert full.sha1 == hashlib.sha1(full.html).hexdigest()


def test_the_same_pack_gives_the_same_bytes(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    assert with_handouts(pack) == pack


def test_the_page_says_its_language_title_and_origin(tmp_path):
    danish = page(a_folder(tmp_path))
    assert '<html lang="da" dir="ltr">' in danish
    assert "<title>Rør dig</title>" in danish
    for words in ("Ondt i knæet", "Version 1.0.0", "Hele teksten", "The knee sheet", "CC-BY-4.0"):
        assert words in danish
    assert '<html lang="en" dir="ltr">' in page(tmp_path / "knee", language="en")


def test_a_draft_says_so_and_an_approved_text_does_not(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    assert "Kladde. Teksten er ikke godkendt af en kliniker." in page(tmp_path / "knee")
    assert "Draft. Not approved by a clinician." in page(tmp_path / "knee", language="en")
    for state, warned in (
        (PackState.IN_REVIEW, True),
        (PackState.APPROVED, False),
        (PackState.EXPIRED, False),
    ):
        shown = with_handouts(replace(pack, state=state)).handouts[0].files[Edition.FULL, "da"].html
        assert (b"Kladde" in shown) is warned


def test_the_short_edition_has_the_short_words_and_the_safety_advice(tmp_path):
    short = page(a_folder(tmp_path), Edition.PIXI)
    assert "Gå en tur hver dag.</li>" in short
    assert "Brusken" not in short
    assert "Sid lidt" not in short
    assert "Stop, hvis det gør meget ondt." in short
    assert "Kort udgave" in short


def test_do_and_do_not_are_lists_of_their_own(tmp_path):
    full = page(a_folder(tmp_path))
    assert re.search(r'<p class="label">Gør</p>\n<ul class="do">\n<li>Gå en tur', full)
    assert re.search(r'<p class="label">Pas på</p>\n<ul class="dont">\n<li>Stop', full)
    assert re.search(r"<ul>\n<li>Sid lidt", full)


def test_do_is_said_once_under_a_heading_and_points_keep_their_order(tmp_path):
    last = "covers=K-02}\n"
    more = in_both(lambda f: edit(f, last, last + "- Gå mere. {#more full do}\n"))
    full = page(a_folder(tmp_path, more))
    under = full[full.index("Hver dag</h2>") : full.index("Pas på</h2>")]
    assert under.count(">Gør</p>") == 1
    assert under.index("Gå en tur") < under.index("Sid lidt") < under.index("Gå mere")


def test_words_of_the_glossary_are_explained_where_they_occur(tmp_path):
    full = page(a_folder(tmp_path))
    assert "<dt>brusk</dt>\n<dd>det glatte lag i et led</dd>" in full
    assert "menisk" not in full
    assert "<dt>brusk</dt>" not in page(tmp_path / "knee", Edition.PIXI)


def test_a_word_that_is_not_explained_in_this_language_is_left_out(tmp_path):
    folder = a_folder(tmp_path, edit("glossary.yaml", ', en: "the smooth layer in a joint"', ""))
    assert "cartilage</dt>" not in page(folder, language="en")


def test_questions_to_ask_are_on_the_page(tmp_path):
    assert "<li>Hvor langt må jeg gå?</li>" in page(a_folder(tmp_path))


def test_a_contents_list_comes_with_more_than_three_headings(tmp_path):
    assert "<nav" not in page(a_folder(tmp_path))

    def more(files):
        for language in ("da", "en"):
            for name in "ab":
                files[f"{language}/moving.md"] += f"\n### Mere {name}\n\n- Gå. {{#{name} full}}\n"

    long = page(a_folder(tmp_path / "long", more))
    links, targets = re.findall(r'href="#([^"]+)"', long), re.findall(r'<h2 id="([^"]+)"', long)
    assert links
    assert set(links) <= set(targets)
    assert "Mere b</a>" in long


def test_two_topics_have_a_heading_each(tmp_path):
    def two(files):
        files["pack.yaml"] = files["pack.yaml"].replace(
            "topics: [moving]", "topics: [moving, mood]"
        )
        for language in ("da", "en"):
            file = f"{language}/mood.md"
            files[file] = files[file].replace("title:\n", "title:\n  patient: Humør\n")
            files[file] += "\n## patient\n\n- Sov godt. {#sleep full}\n"

    full = page(a_folder(tmp_path, two))
    assert full.index("<h2>Rør dig</h2>") < full.index(">Hver dag</h3>") < full.index("Humør</h2>")


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_physiotherapists_words_are_never_on_it(tmp_path, edition, language):
    def tell(files):
        for name in ("da", "en"):
            files[f"{name}/moving.md"] += "\n## physio\n\n- FOR PHYSIO ONLY. {#tell full pixi}\n"

    shown = page(a_folder(tmp_path, tell), edition, language)
    assert "FOR PHYSIO ONLY" not in shown
    for words in ("Se, hvordan", "See how", "Bevægelse", "Movement", "Hvad vil du gøre i morgen"):
        assert words not in shown


def test_markdown_is_shown_and_links_are_safe(tmp_path):
    words = "**Sid** *lidt* og [læs](https://example.org/?a=1&b=2)."
    shown = page(a_folder(tmp_path, edit("da/moving.md", "Sid lidt, når du er træt.", words)))
    assert (
        "<strong>Sid</strong> <em>lidt</em> og "
        '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">læs</a>.'
    ) in shown


def test_titles_are_text_and_never_markup(tmp_path):
    shown = page(a_folder(tmp_path, edit("pack.yaml", '"Rør dig"', '"<script>x</script>"')))
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_the_page_has_no_script_no_style_and_one_stylesheet(tmp_path):
    parser = _Tags()
    parser.feed(page(a_folder(tmp_path, in_both(lambda f: edit(f, "{#rest", "**x** {#rest")))))
    assert not {"script", "style", "img", "iframe", "form"} & {tag for tag, _ in parser.tags}
    names = {name for _, attributes in parser.tags for name, _ in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    assert [dict(a)["href"] for tag, a in parser.tags if tag == "link"] == ["/static/handout.css"]


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
