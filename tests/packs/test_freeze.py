"""Frozen packs: the same pack, without reading its folder again."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.content import Pack, PackState
from service.domain.errors import ContentError
from service.packs.files import read_pack
from service.packs.freeze import Prepared, freeze, load_packs, refuse_twins, thaw
from service.packs.scaffold import new_pack
from tests.builders import a_pack, a_topic
from tests.packs.builders import a_folder, edit, put

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)


def places(tmp_path):
    """A folder of packs, where what is prepared lies, and the frozen copies in there."""
    prepared = Prepared.below(tmp_path / "var", draft_content=True)
    return tmp_path / "content", prepared, prepared.copies


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(object, _plain)
st.register_type_strategy(int, st.integers(-(2**53), 2**53))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.data())
def test_a_pack_comes_back_as_it_was_whatever_a_field_holds(tmp_path, drawn):
    name, kind = drawn.draw(st.sampled_from(sorted(get_type_hints(Pack).items(), key=str)))
    pack = replace(read_pack(a_folder(tmp_path)), **{name: drawn.draw(st.from_type(kind))})
    assert thaw(freeze(pack)) == pack


def test_a_read_pack_comes_back_as_it_was(tmp_path):
    pack = read_pack(a_folder(tmp_path))
    back = thaw(freeze(pack))
    assert back == pack
    assert type(back.topics[0].texts["da"].points[0].editions) is frozenset


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"{}", b'{"format":0}', b'{"format":1}'])
def test_other_bytes_are_refused(junk):
    with pytest.raises(ContentError, match="frozen pack"):
        thaw(junk)


def test_half_a_frozen_pack_is_refused(tmp_path):
    frozen = freeze(read_pack(a_folder(tmp_path)))
    with pytest.raises(ContentError, match="not whole"):
        thaw(frozen.replace(b'"version":"1.0.0",', b""))


def test_every_folder_with_a_pack_is_loaded_in_the_order_of_ids(tmp_path):
    new_pack(tmp_path, "hip", "Hofte")
    a_folder(tmp_path)
    (tmp_path / "README.md").write_text("not a pack")
    (tmp_path / "drafts").mkdir()
    assert [pack.id for pack in load_packs(tmp_path, None, TODAY)] == ["hip", "knee"]


def test_two_packs_of_one_id_are_refused(tmp_path):
    a_folder(tmp_path)
    a_folder(tmp_path, name="knee-again")
    with pytest.raises(ContentError, match="two packs have the id 'knee'"):
        load_packs(tmp_path, None, TODAY)


def test_two_topics_that_would_go_by_one_name_in_fhir_are_refused():
    packs = [a_pack("a-b", topics=(a_topic("c"),)), a_pack("a", topics=(a_topic("b-c"),))]
    with pytest.raises(ContentError, match="two packs have the id 'a-b-c'"):
        refuse_twins(packs)


def test_a_content_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ContentError, match="no content folder"):
        load_packs(tmp_path / "nowhere", None, TODAY)


def test_a_pack_with_a_problem_names_the_first_and_the_count(tmp_path):
    a_folder(tmp_path, edit("facts.yaml", "K-01", "K-11"))
    with pytest.raises(ContentError, match=r"K-01 is not in facts.yaml.*\(\d more such problems\)"):
        load_packs(tmp_path, None, TODAY)


def test_the_frozen_copy_is_used_while_the_files_are_the_same(tmp_path):
    content, prepared, copies = places(tmp_path)
    folder = a_folder(content)
    first = load_packs(content, prepared, TODAY)
    [copy] = copies.iterdir()
    copy.write_bytes(copy.read_bytes().replace(b"The Clinic", b"The Frozen"))
    assert load_packs(content, prepared, TODAY)[0].publisher == "The Frozen"
    (folder / "CHANGELOG.md").write_text("1.0.0")
    assert load_packs(content, prepared, TODAY)[0].publisher == first[0].publisher


def test_a_spoilt_copy_is_made_again(tmp_path):
    content, prepared, copies = places(tmp_path)
    a_folder(content)
    load_packs(content, prepared, TODAY)
    [copy] = copies.iterdir()
    whole = copy.read_bytes()
    copy.write_bytes(whole[:100])
    load_packs(content, prepared, TODAY)
    assert copy.read_bytes() == whole
    assert list(copies.iterdir()) == [copy]


def test_a_folder_for_copies_that_cannot_be_written_is_named(tmp_path):
    content, prepared, copies = places(tmp_path)
    a_folder(content)
    copies.parent.mkdir()
    copies.write_text("a file")
    with pytest.raises(ContentError, match="frozen packs cannot be written"):
        load_packs(content, prepared, TODAY)


def test_the_state_is_of_today_also_from_a_frozen_copy(tmp_path):
    content, prepared, copies = places(tmp_path)
    sha256 = read_pack(a_folder(content)).extras["approvals"]["signed_sha256"]
    roles = (("author", "A"), ("clinical-reviewer", "B"), ("language-reviewer", "C"))
    signatures = "".join(
        f"  - {{role: {role}, name: {name}, date: 2026-11-02, sha256: '{sha256}'}}\n"
        for role, name in roles
    )
    a_folder(content, put("approvals.yaml", "signatures:\n" + signatures))
    states = [
        load_packs(content, prepared, day)[0].state
        for day in (TODAY, date(2028, 10, 1), date(2029, 1, 1))
    ]
    assert states == [PackState.APPROVED, PackState.REVIEW_DUE, PackState.EXPIRED]
    assert len(list(copies.iterdir())) == 1


def test_the_frozen_way_imports_nothing_slow(tmp_path):
    content, prepared, copies = places(tmp_path)
    a_folder(content)
    slow = (
        "ruamel",
        "ruamel.yaml",
        "markdown_it",
        "marshmallow",
        "jinja2",
        "nh3",
        "babel",
        "weasyprint",
    )
    program = (
        "import sys\nfrom datetime import date\nfrom pathlib import Path\n"
        "from service.packs.freeze import Prepared, load_packs\n"
        f"prepared = Prepared.below(Path({str(copies.parent)!r}), draft_content=True)\n"
        f"packs = load_packs(Path({str(content)!r}), prepared, date(2026, 11, 23))\n"
        f"print(packs[0].id, [name for name in {slow} if name in sys.modules])\n"
    )
    load_packs(content, prepared, TODAY)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "knee []"
