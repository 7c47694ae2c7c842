"""The words of a page alone: the text file, and what readability is measured on."""

from service.domain.content import Edition
from service.packs.page_text import blocks, prose, to_text
from tests.packs.builders import a_folder, edit
from tests.packs.pages import page


def text(folder, edition=Edition.FULL, language="da"):
    return to_text(page(folder, edition, language).encode()).decode()


def test_the_text_has_headings_lists_and_all_the_words(tmp_path):
    shown = text(a_folder(tmp_path))
    assert shown.startswith("Kladde. Teksten er ikke godkendt af en kliniker.\n\nOndt i knæet\n")
    assert "\nRør dig\n=======\n" in shown
    assert (
        "\nHver dag\n--------\n\nGør:\n\n- Gå en tur hver dag. Brusken har godt af det.\n" in shown
    )
    assert "\nbrusk:\n  det glatte lag i et led\n" in shown
    assert shown.endswith("Licens:\n  CC-BY-4.0\n")


def test_room_to_write_in_and_the_style_are_no_words(tmp_path):
    shown = text(a_folder(tmp_path))
    assert "Telefon" not in shown
    assert "{" not in shown


def test_lines_are_short_and_addresses_whole(tmp_path):
    far = "https://example.org/" + "a" * 90
    words = "Sid lidt, " + "når du er træt af at gå så langt, " * 4 + f"og [læs]({far})."
    shown = text(a_folder(tmp_path, edit("da/moving.md", "Sid lidt, når du er træt.", words)))
    assert f"({far})." in shown
    assert all(len(line) <= 72 for line in shown.splitlines() if far not in line)


def test_measured_is_what_is_read_and_not_what_the_page_tells_of_itself(tmp_path):
    measured = prose(page(a_folder(tmp_path)).encode())
    assert "Sid lidt, når du er træt." in measured
    assert "Hvor langt må jeg gå?" in measured
    assert "det glatte lag i et led" in measured
    for left_out in ("Rør dig", "Hver dag", "Gør", "CC-BY-4.0", "The Clinic"):
        assert left_out not in measured


def test_white_space_is_one_space():
    read = blocks(b"<p>one\n   two&nbsp;<b>three</b></p>")
    assert [block.words for block in read] == ["one two three"]
