"""A new pack is usable at once, and never lands on top of another."""

import pytest

from service.domain.codes import ICPC2, Coding
from service.domain.errors import ContentError
from service.packs.check import check_pack
from service.packs.files import read_pack
from service.packs.scaffold import new_pack


def test_a_new_pack_has_no_problem_and_renders(tmp_path):
    folder = new_pack(tmp_path, "knee-osteoarthritis", "Knæ: “slidt”, 'ømt' & \"stift\"")
    assert folder == tmp_path / "knee-osteoarthritis"
    assert [str(problem) for problem in check_pack(folder)] == []
    pack = read_pack(folder)
    assert len(pack.topics) == 2
    assert len(pack.handouts[0].files) == 6


def test_its_code_is_the_one_that_was_asked_for(tmp_path):
    asked = read_pack(new_pack(tmp_path, "knee", "Knæ", code="L90"))
    assert asked.triggers.exact[0].coding == Coding(ICPC2, "L90")
    other = read_pack(new_pack(tmp_path, "hip", "Hofte"))
    assert other.triggers.exact[0].coding.system == "urn:example:codes"


def test_a_folder_that_exists_is_left_as_it_is(tmp_path):
    (tmp_path / "knee").mkdir()
    with pytest.raises(ContentError, match="exists already"):
        new_pack(tmp_path, "knee", "Knæ")
    assert list((tmp_path / "knee").iterdir()) == []


@pytest.mark.parametrize("pack_id", ["", "Knee", "knee_1", "../knee", "knee-", "a/b", "knæ"])
def test_an_id_that_is_not_kebab_case_is_refused(tmp_path, pack_id):
    with pytest.raises(ContentError, match="id of a pack"):
        new_pack(tmp_path, pack_id, "Knæ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", " ", "a\nb", "<b>knee</b>", "\x00x"])
def test_a_title_that_is_not_one_plain_line_is_refused(tmp_path, title):
    with pytest.raises(ContentError, match="title"):
        new_pack(tmp_path, "knee", title)


def test_a_code_that_icpc_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ContentError, match="ICPC-2"):
        new_pack(tmp_path, "knee", "Knæ", code="knee pain")
