"""A folder as a pack of the domain: nothing lost, nothing moved."""

from datetime import date

import pytest

from service.domain.codes import ICPC2, SNOMED, Coding
from service.domain.content import Audience, Edition, PackState
from service.domain.errors import ContentError
from service.packs.files import read_pack
from service.packs.folder import fingerprint
from tests.packs.builders import a_folder, add_point, edit, put


@pytest.fixture
def pack(tmp_path):
    return read_pack(a_folder(tmp_path))


def test_the_head_of_the_pack_is_as_written(pack):
    assert (pack.id, pack.version, pack.date) == ("knee", "1.0.0", date(2026, 11, 1))
    assert pack.title[Audience.PATIENT].in_language("da") == "Ondt i knæet"
    assert (pack.languages, pack.editions) == (("da", "en"), (Edition.FULL, Edition.PIXI))
    assert pack.state is PackState.DRAFT
    [trigger] = pack.triggers.exact
    assert (trigger.coding, trigger.why.in_language("en")) == (
        Coding(ICPC2, "L90"),
        "The code is knee osteoarthritis.",
    )


def test_topics_keep_their_order_codes_and_goals(pack):
    assert [topic.id for topic in pack.topics] == ["moving", "mood"]
    assert pack.topics[0].codes == (Coding(SNOMED, "311401005", "Patient education"),)
    assert pack.topics[0].goals == ("walk",)
    assert pack.goals[0].text.in_language("en") == "I want to walk to the baker."
    assert pack.goals[0].editions == frozenset(Edition)


def test_a_point_has_what_its_braces_say(pack):
    walk, rest, stop = pack.topics[0].in_language("da").points
    assert (walk.id, walk.text) == ("walk", "Gå en tur hver dag. Brusken har godt af det.")
    assert (walk.short, walk.heading, walk.line) == ("Gå en tur hver dag.", "Hver dag", 20)
    assert (walk.editions, walk.marks, walk.covers) == (set(Edition), {"do"}, ("K-01",))
    assert (rest.editions, rest.short, rest.marks) == ({Edition.FULL}, "", set())
    assert stop.always_show
    assert (stop.heading, stop.audience) == ("Pas på", Audience.PATIENT)


def test_front_matter_is_kept_apart_from_points(pack):
    text = pack.topics[0].in_language("en")
    assert text.title == {Audience.PATIENT: "Move", Audience.PHYSIO: "Movement"}
    assert text.teach_back == ("What will you do tomorrow?",)
    assert text.questions == ("How far may I walk?",)
    assert text.observe == ("See how the patient walks.",)
    assert text.learning_objectives == ("Can say what helps.",)


def test_a_point_may_run_over_several_lines(tmp_path):
    folder = a_folder(tmp_path, add_point("da/moving.md", "Sov\n  godt.\n  {#sleep full\n  do}"))
    point = read_pack(folder).topics[0].in_language("da").points[0]
    assert (point.text, point.marks) == ("Sov godt.", {"do"})


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, pack):
    def as_windows(files):
        for name, text in files.items():
            files[name] = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    assert read_pack(a_folder(tmp_path / "windows", as_windows)).topics == pack.topics


def test_extras_are_plain_and_named(pack):
    assert pack.extras["glossary"][0]["plain"]["en"] == "the smooth layer in a joint"
    assert {"ladder", "job_card", "conversations", "questions", "source"} <= pack.extras.keys()


def test_the_fingerprint_is_over_names_and_bytes(tmp_path, pack):
    same = a_folder(tmp_path / "same")
    assert fingerprint(same) == pack.sha256
    (same / "CHANGELOG.md").write_text("# Changes 1.0.0")
    assert fingerprint(same) != pack.sha256
    moved = a_folder(tmp_path / "moved", put("notes.txt", ""))
    assert fingerprint(moved) != pack.sha256


def test_a_fault_names_its_file_and_line(tmp_path):
    folder = a_folder(tmp_path, edit("da/moving.md", "{#rest full", "{#rest"))
    with pytest.raises(ContentError, match=r"pack knee: da/moving\.md:22 .*in no edition") as fault:
        read_pack(folder)
    assert fault.value.how_to_fix.startswith("End the point with braces")


def test_several_faults_are_counted(tmp_path):
    folder = a_folder(
        tmp_path, edit("pack.yaml", '"1.0.0"', "1.0"), edit("pack.yaml", '"L90"', "9")
    )
    with pytest.raises(ContentError, match=r"\(1 more such problems\)"):
        read_pack(folder)
