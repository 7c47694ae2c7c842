"""One file that holds a whole installation: a tar with a manifest first, then what it lists.

Knows files and hashes, no database and no settings. Any `tar` can open it in an emergency.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from service.domain.values import dataclass

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "database.sqlite", "database.pgdump"
SECRET = "secret"  # noqa: S105  # its name
ERASED = "erased"  # the list of patients who were erased
_PIECE = 1 << 20
_LARGEST_MANIFEST = 64 << 20

Tell = Callable[[str, int, int], None]  # what is done, how far, of how much


class BadArchive(Exception):
    """The file is no archive of ours, not whole, or not as it was written. One line says why."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file must be: its SHA-256, and how many bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    `taken` is when the database was read (UTC); `schema` its revision, `rows` how many each
    of its tables has. `files` are all that follow, by name. `packs` are the versions of packs
    that plans pin; those whose words are not among the files are also in `wordless`.
    """

    taken: datetime
    version: str
    schema: str
    rows: Mapping[str, int]
    files: Mapping[str, Content]
    packs: tuple[str, ...] = ()
    wordless: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def database(self) -> str:
        """The name of the file that holds the database."""
        return SQLITE if SQLITE in self.files else POSTGRES


@dataclass(slots=True)
class Members:
    """Files to be put into an archive, by their name in it."""

    files: dict[str, Path] = field(default_factory=dict)

    def add_folder(self, name: str, folder: Path) -> None:
        """Add every file below a folder; nothing when there is none."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self.files[f"{name}/{path.relative_to(folder).as_posix()}"] = path

    def contents(self, tell: Tell) -> dict[str, Content]:
        """Read each of them once, for its hash."""
        whole = sum(path.stat().st_size for path in self.files.values())
        done, found = 0, {}
        for name, path in self.files.items():
            with path.open("rb") as file:
                found[name] = _content_of(file)
            done += found[name].size
            tell("hashing", done, whole)
        return found


def write_archive(
    target: Path, place: Path, manifest: Manifest, members: Members, tell: Tell
) -> str:
    """Write the archive and return its SHA-256; it is on the disk, or not there at all.

    `place` is a folder beside the target where it is written first.

    Raises:
        FileExistsError: there is a file of this name; nothing is ever written over.
    """
    part = place / "archive"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it has the secret
    with open(handle, "wb") as file:
        hashed = _Hashed(file)
        _fill(hashed, manifest, members, tell)
        file.flush()
        os.fsync(file.fileno())
    put(part, target)
    return hashed.sha256.hexdigest()


def put(part: Path, target: Path) -> None:
    """Give a whole file its name, for good, and never the name of another.

    Raises:
        FileExistsError: there is one.
    """
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError as error:  # a file system without links
        if target.exists():
            raise FileExistsError(target) from error
        part.rename(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Archive:
    """An archive that is read from its beginning to its end, once."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self._tar = tar
        self.manifest = manifest

    def unpack(self, into: Callable[[str], Path], tell: Tell) -> None:
        """Write every file where `into` says for its name, and hold it to the manifest.

        Raises:
            BadArchive: one is missing, too many or changed. What was written then is no good.
        """
        seen: set[str] = set()
        whole, done = sum(each.size for each in self.manifest.files.values()), 0
        for member in self._members():
            wanted = self.manifest.files.get(member.name)
            if wanted is None or member.name in seen or not member.isreg():
                raise BadArchive(f"it has a file that its manifest does not list: {member.name!r}")
            if self._unpack(member, into(member.name)) != wanted:
                raise BadArchive(f"{member.name} is not as it was when the archive was made")
            seen.add(member.name)
            done += wanted.size
            tell("unpacking", done, whole)
        if missing := sorted(self.manifest.files.keys() - seen):
            raise BadArchive(f"it lacks {missing[0]}, which its manifest lists")

    def _members(self) -> Iterator[tarfile.TarInfo]:
        while True:
            try:
                member = self._tar.next()
            except tarfile.TarError as error:
                raise BadArchive("it ends too early, or was changed") from error
            if member is None:
                return
            yield member

    def _unpack(self, member: tarfile.TarInfo, path: Path) -> Content:
        path.parent.mkdir(parents=True, exist_ok=True)
        source = self._tar.extractfile(member)
        assert source is not None  # noqa: S101  # it is a regular file
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:
            try:
                found = _content_of(source, file)
            except (tarfile.TarError, EOFError) as error:
                raise BadArchive("it ends too early") from error
            file.flush()
            os.fsync(file.fileno())
        return found


@contextmanager
def open_archive(path: Path, sha256: str = "") -> Iterator[Archive]:
    """Yield the archive with its manifest read; with a `sha256`, only if the file has it.

    Raises:
        BadArchive: it cannot be used.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            if sha256 and _content_of(file).sha256 != sha256.lower():
                raise BadArchive("it does not have the SHA-256 that was asked for")
            file.seek(0)
            tar = stack.enter_context(tarfile.open(fileobj=file, mode="r|"))
            archive = Archive(tar, _manifest(tar))
        except (tarfile.TarError, EOFError) as error:
            raise BadArchive("it is no archive of this service, or not whole") from error
        except OSError as error:
            raise BadArchive(error.strerror or "it cannot be read") from error
        yield archive


class _Hashed:
    """A file that is written, and its hash."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self._file.write(content)


class _Read:
    """A file that is read, and its hash."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.sha256.update(piece)
        return piece


def _fill(file: Any, manifest: Manifest, members: Members, tell: Tell) -> None:
    whole = sum(each.size for each in manifest.files.values())
    done = 0
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        told = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2)
        _add(tar, manifest, MANIFEST, told)
        for name, path in members.files.items():
            with path.open("rb") as source:
                _add(tar, manifest, name, source)
            done += manifest.files[name].size
            tell("writing", done, whole)


def _add(tar: tarfile.TarFile, manifest: Manifest, name: str, content: bytes | IO[bytes]) -> None:
    """Add a file with nothing in its header that another machine would not have."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = 0o600, int(manifest.taken.timestamp())
    if isinstance(content, bytes):
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    else:
        wanted = manifest.files[name]
        entry.size = wanted.size
        read = _Read(content)
        tar.addfile(entry, read)  # type: ignore[arg-type]  # it needs no more than `read`
        if read.sha256.hexdigest() != wanted.sha256:
            raise OSError(f"{name} was changed while it was read")


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > _LARGEST_MANIFEST:
        raise BadArchive("it does not begin with a manifest")
    source = tar.extractfile(first)
    try:
        told = orjson.loads(source.read() if source else b"")
        if told["format"] > FORMAT:
            raise BadArchive("it was made by a newer release; restore it with that one")
        files = {name: Content(**each) for name, each in told["files"].items()}
        lists = {name: tuple(told[name]) for name in ("packs", "wordless")}
        taken = datetime.fromisoformat(told["taken"]).astimezone(UTC)
        manifest = Manifest(**(told | lists | {"files": files, "taken": taken}))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadArchive("its manifest cannot be read") from error
    if not all(map(_is_ours, manifest.files)):
        raise BadArchive("its manifest lists a file that none of ours has")
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts and str(path) == name
    return plain and (name in (SQLITE, POSTGRES, SECRET, ERASED) or len(path.parts) > 1)


def _content_of(source: IO[bytes], copy: IO[bytes] | None = None) -> Content:
    total, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        total.update(piece)
        size += len(piece)
        if copy is not None:
            copy.write(piece)
    return Content(total.hexdigest(), size)
