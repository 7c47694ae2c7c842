"""The page a patient reads: right words, safe marks, nothing of the physiotherapist's."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace

import pytest

from service.domain.content import ANY_OTHER, Edition, PackState
from service.packs.files import read_pack
from service.packs.handouts import pages_of
from tests.packs.builders import a_folder, edit, in_both
from tests.packs.pages import Tags, approved, page, rendered, signatures

MANY = "".join(f"- Gå {n} skridt. {{#more-{n} full}}\n" for n in range(6))


def summarised(files):
    """A summary of one point, and text enough for one to be of use."""
    for name in ("da/moving.md", "en/moving.md"):
        files[name] = files[name].replace("{#walk full pixi do", "{#walk full pixi do summary")
        files[name] = files[name].replace("### Pas på", f"{MANY}\n### Pas på")
        files[name] = files[name].replace("### Take care", f"{MANY}\n### Take care")


def test_there_is_a_page_for_each_edition_and_language_and_for_any_other(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    files = pack.handouts[0].files
    assert set(files) == {(e, lang) for e in Edition for lang in ("da", "en", ANY_OTHER)}
    for (edition, language), file in files.items():
        html = rendered(pack)["leaflet", edition.value, language].html
        assert file.sha256 == hashlib.sha256(html).hexdigest()
        assert file.sha1 == hashlib.sha1(html).hexdigest()
        assert file.size == len(html)


def test_the_same_pack_gives_the_same_bytes(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    assert pages_of(pack) == pages_of(read_pack(tmp_path / "knee"))


def test_the_page_says_its_language_title_and_origin(tmp_path):
    danish = page(a_folder(tmp_path))
    assert '<html lang="da" dir="ltr">' in danish
    assert "<title>Rør dig</title>" in danish
    for words in ("Ondt i knæet", "1.0.0, 1. november 2026", "Hele teksten", "The knee sheet"):
        assert words in danish
    assert '<html lang="en" dir="ltr">' in page(tmp_path / "knee", language="en")


def test_a_draft_says_so_and_a_signed_text_does_not(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    assert "Kladde. Teksten er ikke godkendt af en kliniker." in page(pack)
    assert "Draft. Not approved by a clinician." in page(pack, language="en")
    for state, warned in (
        (PackState.IN_REVIEW, True),
        (PackState.APPROVED, False),
        (PackState.REVIEW_DUE, False),
        (PackState.EXPIRED, False),
    ):
        assert ("Kladde" in page(replace(pack, state=state))) is warned


def test_a_page_does_not_change_while_its_approval_grows_old(tmp_path):
    pack = approved(a_folder(tmp_path))
    for state in (PackState.REVIEW_DUE, PackState.EXPIRED):
        assert page(replace(pack, state=state)) == page(pack)


def test_an_unsigned_page_says_that_no_clinician_has_looked_at_it(tmp_path):
    shown = page(a_folder(tmp_path))
    assert "<dt>Gennemgået af en kliniker</dt>\n<dd><bdi>Nej, ikke endnu</bdi></dd>" in shown
    assert "<dt>Gennemgås igen senest</dt>\n<dd><bdi>1. november 2028</bdi></dd>" in shown


def test_a_signed_page_says_who_made_it_and_who_looked_at_it_when(tmp_path):
    folder = a_folder(tmp_path)
    pack = approved(a_folder(tmp_path, signatures(folder)))
    danish, english = page(pack), page(pack, language="en")
    assert "<dt>Lavet af</dt>\n<dd><bdi>The Clinic</bdi></dd>" in danish
    assert "<dt>Skrevet af</dt>\n<dd><bdi>Anna A</bdi></dd>" in danish
    assert (
        "<dt>Gennemgået af en kliniker</dt>\n<dd><bdi>Carl C, 2. november 2026</bdi></dd>" in danish
    )
    assert "<dt>Sproget er gennemgået af</dt>\n<dd><bdi>Lis L</bdi></dd>" in danish
    assert "<dt>Translation</dt>\n<dd><bdi>From Danish, approved</bdi></dd>" in english


def test_a_signature_over_other_words_counts_for_nothing(tmp_path):
    folder = a_folder(tmp_path)
    stale = edit("da/moving.md", "Sid lidt", "Sid længe")
    shown = page(read_pack(a_folder(tmp_path, signatures(folder), stale)))
    assert "Carl C" not in shown
    assert "Nej, ikke endnu" in shown


def test_the_short_edition_has_the_short_words_and_the_safety_advice(tmp_path):
    short = page(a_folder(tmp_path), Edition.PIXI)
    assert "Gå en tur hver dag.</li>" in short
    assert "Brusken" not in short
    assert "Sid lidt" not in short
    assert "Gå ikke videre, hvis det gør meget ondt." in short
    assert "Kort udgave" in short


def test_a_long_text_begins_with_its_summary_in_the_short_words(tmp_path):
    shown = page(a_folder(tmp_path, summarised))
    top = shown[: shown.index('<section class="topic"')]
    assert "Kort fortalt" in top
    assert "<li>Gå en tur hver dag.</li>" in top
    assert "Brusken" not in top
    assert "Brusken har godt af det." in shown


def both_of_three(files):
    for name in ("da/moving.md", "en/moving.md"):
        files[name] = files[name].replace(" do covers", " do summary covers")
        files[name] = files[name].replace("always_show covers", "always_show summary covers")


def test_a_short_text_has_no_summary_for_it_would_say_it_all_twice(tmp_path):
    for folder, edition in (
        (a_folder(tmp_path, both_of_three), "full"),
        (a_folder(tmp_path / "long", summarised), "pixi"),
    ):
        assert "Kort fortalt" not in page(folder, Edition(edition))


def test_do_and_do_not_are_lists_of_their_own(tmp_path):
    full = page(a_folder(tmp_path))
    assert re.search(
        r'<div class="advice do">\n<p class="label">Gør</p>\n<ul>\n<li>Gå en tur', full
    )
    assert re.search(
        r'<div class="advice dont">\n<p class="label">Lad være</p>\n<ul>\n<li>Gå ikke', full
    )
    assert re.search(r"</div>\n<ul>\n<li>Sid lidt", full)


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


def test_at_most_three_questions_to_ask_are_on_the_page(tmp_path):
    asked = "".join(f'\n  - "Spørgsmål {n}?"' for n in (2, 3, 4))
    more = in_both(lambda f: edit(f, "\nobserve:", f"{asked}\nobserve:"))
    shown = page(a_folder(tmp_path, more))
    assert "<li>Hvor langt må jeg gå?</li>" in shown
    assert "Spørgsmål 3?" in shown
    assert "Spørgsmål 4?" not in shown


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


def two_topics(files):
    files["pack.yaml"] = files["pack.yaml"].replace("topics: [moving]", "topics: [moving, mood]")
    for language in ("da", "en"):
        file = f"{language}/mood.md"
        files[file] = files[file].replace("title:\n", "title:\n  patient: Humør\n")
        files[file] += "\n## patient\n\n- Sov godt. {#sleep full}\n"


def test_two_topics_have_a_heading_each_and_the_contents_name_them(tmp_path):
    full = page(a_folder(tmp_path, two_topics))
    assert full.index(">Rør dig</h2>") < full.index(">Hver dag</h3>") < full.index(">Humør</h2>")
    assert '<a href="#moving">Rør dig</a>' in full
    assert '<a href="#mood">Humør</a>' in full


def test_every_reference_inside_the_page_leads_somewhere(tmp_path):
    tags = Tags(page(a_folder(tmp_path, summarised, two_topics))).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {
        attributes[n] for _, attributes in tags for n in ("aria-labelledby",) if n in attributes
    }
    assert named <= set(ids)


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("language", ["da", "en", ANY_OTHER])
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


def test_no_word_of_a_pack_leaves_the_style_sheet_it_stands_in(tmp_path):
    wicked = '"Ondt</style><script>x</script>\\\\ \\"} body{display:none}"'
    shown = page(a_folder(tmp_path, edit("pack.yaml", '"Ondt i knæet"', wicked)))
    assert shown.count("</style>") == 1
    assert "<script" not in shown
    style = shown.partition("<style>")[2].partition("</style>")[0]
    assert "display:none" not in style


def test_the_page_stands_by_itself_with_the_style_that_its_policy_allows(tmp_path):
    made = rendered(read_pack(a_folder(tmp_path)))["leaflet", "full", "da"]
    tags = Tags(made.html.decode())
    names = {tag for tag, _ in tags.tags}
    assert not {"script", "link", "img", "iframe", "form", "object"} & names
    attributes = {name for _, given in tags.tags for name in given}
    assert not {name for name in attributes if name.startswith("on") or name == "style"}
    style = made.html.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = b64encode(hashlib.sha256(style).digest()).decode()
    assert made.style == f"'sha256-{digest}'"
    assert b"url(" not in style
    assert b"@import" not in style


def test_the_style_sheet_is_the_same_for_both_directions_of_writing(tmp_path):
    style = page(a_folder(tmp_path)).partition("<style>")[2].partition("</style>")[0]
    sided = r"(?<![-\w])(?:left|right|(?:margin|padding|border)-(?:left|right|top|bottom))\s*:"
    assert re.findall(sided, style) == []
    assert re.findall(r":\s*(?:left|right)\b", style) == []


# --- the card -----------------------------------------------------------------------

CARD = """\
heading: {da: "Ring til lægen nu, hvis", en: "Call a doctor now if"}
signs:
  - {da: "du ikke kan løfte foden", en: "you cannot lift your foot"}
act: {da: "Ring 1-1-2.", en: "Call 1-1-2."}
source: "A made-up sheet"
"""


def with_card(files):
    files["urgent.yaml"] = CARD


def test_the_card_is_on_the_page_of_a_signed_pack_once(tmp_path):
    shown = page(approved(a_folder(tmp_path, with_card)))
    assert Tags(shown).named("section").count({"class": "urgent", "aria-labelledby": "urgent"}) == 1
    card = shown[shown.index('<section class="urgent"') :]
    heading = re.sub(r"<[^>]+>", "", card[: card.index("</h2>")])
    assert heading.strip() == "Haster: Ring til lægen nu, hvis"
    assert "<li>du ikke kan løfte foden</li>" in card
    assert "<p>Ring 1-1-2.</p>" in card


@pytest.mark.parametrize("state", [PackState.DRAFT, PackState.IN_REVIEW])
def test_nothing_urgent_is_said_on_a_text_that_nobody_signed(tmp_path, state):
    shown = page(replace(read_pack(a_folder(tmp_path, with_card)), state=state))
    assert 'class="urgent"' not in shown
    assert "Ring 1-1-2" not in shown


def test_a_pack_without_a_card_has_none(tmp_path):
    assert 'class="urgent"' not in page(approved(a_folder(tmp_path)))


def test_the_card_stands_on_the_handouts_it_names_only(tmp_path):
    def second(files):
        files["pack.yaml"] += "  - {id: second, title: {da: To, en: Two}, topics: [moving]}\n"
        files["urgent.yaml"] = CARD + "handouts: [second]\n"

    pages = rendered(approved(a_folder(tmp_path, second)))
    assert b'class="urgent"' not in pages["leaflet", "full", "da"].html
    assert b'class="urgent"' in pages["second", "full", "da"].html
