"""Where the rooms are joined to keep an installation safe: settings to archive, and back.

An archive has all that cannot be made again: the database, the words of every version of a
pack that a plan may pin, and the installation's secret. Not in it: settings, the file of
clinics, keys of records (whoever runs the service keeps those), and the demo's keys.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson

from service import __version__
from service.config.erased import NAME as ERASED
from service.config.erased import ErasedList
from service.config.settings import Settings
from service.domain.errors import ServiceError
from service.domain.values import dataclass
from service.fhir.writer import BundleWriter
from service.monitoring.figures import LAST_BACKUP
from service.store import migrate, restored
from service.store.archive import (
    SECRET,
    BadArchive,
    Manifest,
    Members,
    open_archive,
    put,
    write_archive,
)
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.keeping import pinned_packs
from service.store.opening import Where, open_engine
from service.store.patient_rows import DatabasePatients
from service.store.plans import DatabasePlans
from service.store.vault import Facts, InUse, Unsound, Vault
from service.usecases.erase_patient import ErasePatient
from service.usecases.noticing import CHANGES, Told
from service.usecases.ports import Caller
from service.usecases.resume_plans import ResumePlans

# Below EDUPLAN_VAR_DIR: what is written once, and may be asked for years later.
KEPT = ("packs", "handouts")
_WORKPLACE, _LOCK = ".education-plan-at-work-", "lock"

Tell = Callable[[str, int, int], None]  # what is done, how far, of how much (0: not known)


class Refused(Exception):
    """It is not done, and nothing has changed. One line says why, and what mends it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An archive that was written."""

    path: Path
    sha256: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to restore: over a database that is not empty, only an archive of this SHA-256,
    going on as if nothing had happened since, or not at all but to try."""

    replace: bool = False
    sha256: str = ""
    nothing_since: bool = False
    only_check: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; `aside` is where the database that stood before is kept.

    `erased` patients were erased after the backup was taken, so they were erased again.
    """

    manifest: Manifest
    resumed: int = 0
    aside: str = ""
    erased: int = 0


def back_up(settings: Settings, target: Path, now: datetime, tell: Tell) -> Taken:
    """Write the installation into a new archive, also while it works.

    Raises:
        Refused: there is a file of this name, or something cannot be read.
    """
    _refuse_stranger(settings.var_dir)
    _refuse_name(target)
    vault = _vault(settings, now)
    with _refusing(), _workplace(target.parent) as place:
        file = place / vault.member
        facts = vault.copy(file, _as(tell, "copying the database"))
        members = _members(settings, file)
        pinned = _pinned(settings.database)
        words = "".join(members.files)
        manifest = Manifest(
            taken=now,
            version=__version__,
            schema=facts.schema,
            rows=facts.rows,
            files=members.contents(tell),
            packs=tuple(f"{pack} {version}" for pack, version, _ in pinned),
            wordless=tuple(
                f"{pack} {version}" for pack, version, sha in pinned if sha not in words
            ),
        )
        try:
            sha256 = write_archive(target, place, manifest, members, tell)
        except FileExistsError:
            _refuse_name(target)
            raise
    _remember(settings.var_dir, now)
    return Taken(target, sha256, manifest)


def restore(
    settings: Settings, source: Path, wishes: Wishes, now: datetime, tell: Tell
) -> Restored:
    """Put an archive in the place of the installation; to try it, put nothing anywhere.

    The database takes its place last, in one step. Words of packs and the secret are added
    before; what is there already stays as it is.

    Raises:
        Refused: the archive is not whole or not ours, or the installation is in use or is
            not empty.
    """
    _refuse_stranger(settings.var_dir)
    vault = _vault(settings, now)
    with _refusing(), open_archive(source, wishes.sha256) as archive:
        _refuse_manifest(archive.manifest, vault)
        if not wishes.only_check:
            _refuse_target(vault, wishes)
        with _workplace(_beside(settings)) as place:
            archive.unpack(lambda name: place / name, tell)
            facts = Facts(archive.manifest.schema, dict(archive.manifest.rows))
            with vault.prepared(place / vault.member, facts) as prepared:
                if wishes.only_check:
                    return Restored(archive.manifest)
                if archive.manifest.schema != migrate.HEAD:
                    migrate.migrate(prepared.where)
                again = _erase_again(settings, prepared.where, place, archive.manifest.taken)
                many = 0
                if not wishes.nothing_since:
                    many = _go_on(settings, prepared.where, archive.manifest.taken, now, tell)
                _add_words(settings.var_dir, place)
                return Restored(archive.manifest, many, prepared.put_in_place(), again)


def _go_on(settings: Settings, where: Where, taken: datetime, now: datetime, tell: Tell) -> int:
    """Let every plan go on clear of what the records hold already; how many there are."""
    engine = open_engine(where)
    try:
        write = BundleWriter(orjson.dumps, settings.base_url)
        resume = ResumePlans(DatabasePlans(engine, new_id), lambda: now, write)
        many = 0
        for tenant in sorted({*restored.clinics(engine), *settings.tenants}):
            before = many
            many += resume(tenant, taken, lambda more: tell("resuming plans", before + more, 0))  # noqa: B023  # called at once
            restored.mark(engine, tenant, taken)
            _look_again(DatabaseInbox(engine), tenant)
        return many
    finally:
        engine.close()


def _erase_again(settings: Settings, where: Where, place: Path, taken: datetime) -> int:
    """Erase whoever was erased after the backup was taken; how many."""
    own = settings.var_dir / SECRET
    key = own if own.exists() else place / SECRET
    if not key.exists():
        return 0
    listed = ErasedList(settings.var_dir, key.read_bytes())
    engine = open_engine(where)
    try:
        patients = DatabasePatients(engine, new_id)
        erase = ErasePatient(patients, lambda: datetime.now(UTC), lambda *_: None)
        many = 0
        for tenant in restored.clinics(engine):
            caller = Caller(tenant, "operator", "education-plan restore")
            for patient in listed.since(tenant, patients.named(tenant), taken):
                erase.again(patient, caller)
                many += 1
        return many
    finally:
        engine.close()


def _look_again(inbox: DatabaseInbox, tenant: str) -> None:
    """What a record told of after the backup is asked for once more."""
    if (ended := inbox.looked(tenant).until) is not None:
        inbox.hear(tenant, Told(CHANGES, ended, "restore"))


def _vault(settings: Settings, now: datetime) -> Vault:
    stamp = f"{now:%Y%m%dT%H%M%S%fZ}"
    if isinstance(settings.database, Path):
        from service.store.sqlite_vault import SqliteVault

        return SqliteVault(settings.database, stamp)
    from service.store.postgres_vault import PostgresVault

    return PostgresVault(settings.database, stamp)


def _members(settings: Settings, database: Path) -> Members:
    members = Members({database.name: database})
    for name in (SECRET, ERASED):
        if (settings.var_dir / name).is_file():
            members.files[name] = settings.var_dir / name
    for name in KEPT:
        members.add_folder(name, settings.var_dir / name)
    return members


def _pinned(database: Where) -> list[tuple[str, str, str]]:
    """The versions of packs that plans pin: id, version, SHA-256."""
    engine = open_engine(database)
    try:
        found: set[tuple[str, str, str]] = set()
        for tenant in restored.clinics(engine, ("plan",)):  # of whatever release it is
            with engine.reading() as connection:
                found |= pinned_packs(connection, tenant)
        return sorted(found)
    finally:
        engine.close()


def _add_words(var_dir: Path, place: Path) -> None:
    """Add what was unpacked beside the database. All of it was written once, and stays so."""
    found = [
        place / SECRET,
        place / ERASED,
        *(path for name in KEPT for path in (place / name).rglob("*")),
    ]
    for path in found:
        target = var_dir / path.relative_to(place)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                put(path, target)


def _refuse_stranger(var_dir: Path) -> None:
    """What another user writes there, root above all, the service could not write any more."""
    if var_dir.exists() and var_dir.stat().st_uid != os.geteuid():
        raise Refused(f"{var_dir} is another user's; run this as the user that the service runs as")


def _refuse_name(target: Path) -> None:
    if target.exists():
        raise Refused(f"{target} is there already, and an archive is never written over")


def _refuse_manifest(manifest: Manifest, vault: Vault) -> None:
    if vault.member not in manifest.files:
        raise Refused(
            f"the archive holds {manifest.database}, which is not what EDUPLAN_DATABASE_URL names"
        )
    known = {path.name[:4] for path in migrate.VERSIONS.glob("[0-9]*.py")}
    if manifest.schema not in known:
        raise Refused(
            f"the archive has schema {manifest.schema or 'none'}, and this release knows "
            f"{migrate.HEAD}; restore it with release {manifest.version} or newer"
        )


def _refuse_target(vault: Vault, wishes: Wishes) -> None:
    if wishes.replace:
        return
    try:
        empty = vault.facts().is_empty
    except Unsound:
        empty = False
    if not empty:
        raise Refused(
            "there is a database with plans in it; with --replace it is kept aside, under "
            "another name"
        )


def _beside(settings: Settings) -> Path:
    """Where there is room, on the disk that a database is renamed on."""
    where = settings.database
    return where.parent if isinstance(where, Path) else settings.var_dir


def _remember(var_dir: Path, now: datetime) -> None:
    """Leave the time for the metrics; that it cannot be written spoils no backup."""
    with suppress(OSError):
        (var_dir / LAST_BACKUP).touch()
        os.utime(var_dir / LAST_BACKUP, (now.timestamp(), now.timestamp()))


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A folder for this process alone; what those left who were killed is removed.

    Who works in one holds its lock, which ends with the process, in another container too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_WORKPLACE}*"):
        with suppress(OSError), (left / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
    place = Path(tempfile.mkdtemp(prefix=_WORKPLACE, dir=folder))
    try:
        with (place / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _refusing() -> Iterator[None]:
    """Say in one line what hinders."""
    try:
        yield
    except BadArchive as error:
        raise Refused(f"the archive cannot be used: {error}") from error
    except (InUse, Unsound) as error:
        raise Refused(str(error)) from error
    except ServiceError as error:  # the database's
        raise Refused(f"{error.detail}. {error.how_to_fix}") from error
    except OSError as error:
        what = error.strerror or str(error)
        raise Refused(f"{what}: {error.filename}" if error.filename else what) from error


def _as(tell: Tell, what: str) -> Callable[[int, int], None]:
    return lambda done, of: tell(what, done, of)
