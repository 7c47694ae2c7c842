"""Every pack of the tree can be used."""

import pytest

from service.packs.check import Level, check_pack
from tests.house.tracked import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "content").glob("*/pack.yaml"))


def test_there_is_a_pack():
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_stops_the_pack(folder):
    assert [str(found) for found in check_pack(folder) if found.level is Level.STOP] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_pack_is_named_as_its_folder(folder):
    assert f"\nid: {folder.name}\n" in "\n" + (folder / "pack.yaml").read_text("utf-8")
