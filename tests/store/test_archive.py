"""An archive is whole, its own witness, and never written over."""

import io
import os
import tarfile
from datetime import UTC, datetime

import pytest

from service.store.archive import (
    MANIFEST,
    SECRET,
    SQLITE,
    BadArchive,
    Manifest,
    Members,
    open_archive,
    write_archive,
)

TAKEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def quiet(*_):
    """No word of progress."""


@pytest.fixture
def archive(tmp_path):
    """A small archive, and what it was made of."""
    source = tmp_path / "source"
    (source / "packs").mkdir(parents=True)
    (source / "database").write_bytes(os.urandom(300_000))
    (source / "packs" / "a.json").write_bytes(b'{"words": "of a pack"}')
    (source / "secret").write_bytes(b"s" * 32)
    members = Members({SQLITE: source / "database", SECRET: source / "secret"})
    members.add_folder("packs", source / "packs")
    manifest = Manifest(TAKEN, "0.1.0", "0004", {"plan": 7}, members.contents(quiet))
    place = tmp_path / "place"
    place.mkdir()
    target = tmp_path / "backup.tar"
    sha256 = write_archive(target, place, manifest, members, quiet)
    return target, sha256, manifest, members


def unpacked(path, into, sha256=""):
    with open_archive(path, sha256) as found:
        found.unpack(lambda name: into / name, quiet)
        return found.manifest


def test_what_went_in_comes_out(archive, tmp_path):
    path, sha256, manifest, members = archive
    assert unpacked(path, tmp_path / "out", sha256) == manifest
    for name, source in members.files.items():
        assert (tmp_path / "out" / name).read_bytes() == source.read_bytes()


def test_nobody_else_may_read_it_for_it_has_a_secret(archive, tmp_path):
    assert archive[0].stat().st_mode & 0o077 == 0
    unpacked(archive[0], tmp_path / "out")
    assert (tmp_path / "out" / "secret").stat().st_mode & 0o077 == 0


def test_it_is_never_written_over(archive, tmp_path):
    path, _, manifest, members = archive
    before = path.read_bytes()
    (tmp_path / "another").mkdir()
    with pytest.raises(FileExistsError):
        write_archive(path, tmp_path / "another", manifest, members, quiet)
    assert path.read_bytes() == before


def test_a_flipped_bit_anywhere_is_found(archive, tmp_path):
    path, sha256, manifest, _ = archive
    whole = path.read_bytes()
    told = unpacked(path, tmp_path / "good")
    for place in range(0, len(whole), len(whole) // 97):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x10
        (tmp_path / "spoilt").write_bytes(spoilt)
        with pytest.raises(BadArchive):
            unpacked(tmp_path / "spoilt", tmp_path / "out", sha256)
        try:
            seen = unpacked(tmp_path / "spoilt", tmp_path / "out")
        except BadArchive:
            continue
        # Only what says nothing may pass without the hash of the whole: a time in a header.
        assert seen.files == manifest.files == told.files
        for name in manifest.files:
            assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "good" / name).read_bytes()


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9, 0.95])
def test_a_part_of_it_is_refused(archive, tmp_path, share):
    whole = archive[0].read_bytes()
    (tmp_path / "part").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadArchive):
        unpacked(tmp_path / "part", tmp_path / "out")


def rewritten(path, target, change):
    """The same archive with its list of (name, bytes) changed."""
    with tarfile.open(path) as tar:
        entries = [(each.name, tar.extractfile(each).read()) for each in tar]
    with tarfile.open(target, "w") as tar:
        for name, content in change(entries):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target


WRONG = {
    "a file too many": lambda entries: [*entries, ("packs/more.json", b"{}")],
    "a file twice": lambda entries: [*entries, entries[-1]],
    "a file too few": lambda entries: entries[:-1],
    "no manifest": lambda entries: entries[1:],
    "a manifest of nothing": lambda entries: [(MANIFEST, b"{}"), *entries[1:]],
    "a manifest that is none": lambda entries: [(MANIFEST, b"\x00"), *entries[1:]],
    "a newer form": lambda entries: [
        (MANIFEST, entries[0][1].replace(b'"format": 1', b'"format": 2')),
        *entries[1:],
    ],
    "another database": lambda entries: [
        (name, b"x" * len(content) if name == SQLITE else content) for name, content in entries
    ],
    "a file outside": lambda entries: [
        (MANIFEST, entries[0][1].replace(b"packs/a.json", b"../../a.json")),
        *(("../../a.json" if n == "packs/a.json" else n, c) for n, c in entries[1:]),
    ],
    "a file from the root": lambda entries: [
        (MANIFEST, entries[0][1].replace(b"packs/a.json", b"/tmp/xx.json")),
        *(("/tmp/xx.json" if n == "packs/a.json" else n, c) for n, c in entries[1:]),
    ],
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_as_it_was_written_is_refused(archive, tmp_path, what):
    wrong = rewritten(archive[0], tmp_path / "wrong.tar", WRONG[what])
    with pytest.raises(BadArchive) as refused:
        unpacked(wrong, tmp_path / "out")
    assert "\n" not in str(refused.value)
    assert not (tmp_path.parent / "a.json").exists()


def test_a_link_in_the_place_of_a_file_is_refused(archive, tmp_path):
    with tarfile.open(archive[0]) as tar, tarfile.open(tmp_path / "wrong.tar", "w") as wrong:
        for each in tar:
            if each.name == "secret":
                each.type, each.linkname, each.size = tarfile.SYMTYPE, "/etc/passwd", 0
                wrong.addfile(each)
            else:
                wrong.addfile(each, tar.extractfile(each))
    with pytest.raises(BadArchive):
        unpacked(tmp_path / "wrong.tar", tmp_path / "out")


def test_a_file_that_changes_while_it_is_read_spoils_no_archive(archive, tmp_path):
    _, _, manifest, members = archive
    members.files[SECRET].write_bytes(b"t" * 32)
    (tmp_path / "another").mkdir()
    with pytest.raises(OSError, match="changed while"):
        write_archive(tmp_path / "b.tar", tmp_path / "another", manifest, members, quiet)
    assert not (tmp_path / "b.tar").exists()
