"""Settings from the environment, read once. Wrong or unknown ones refuse to start.

`docs/reference/settings.md` is generated from the table below; a house test holds it.
"""

import os
from collections.abc import Mapping
from dataclasses import field, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from service.config.tenants import RecordOf, Tenant, WrongSetting, read_tenants
from service.domain.values import dataclass

PREFIX = "EDUPLAN_"
_PACKAGE = Path(__file__).parents[1]
_SHORTEST_TOKEN = 32
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "MODE",
        "demo",
        "`demo`: demo identities, draft content, loopback only. `production`: none of these.",
    ),
    Setting(
        "DATABASE_URL",
        "sqlite:///{VAR_DIR}/education-plan.sqlite",
        "Where plans are kept: `sqlite:///…` or `postgresql://…`.",
    ),
    Setting(
        "DATABASE_PASSWORD_FILE",
        "",
        "File with PostgreSQL's password, which then need not stand in the URL.",
    ),
    Setting("VAR_DIR", "var", "Folder for the database, demo keys and prepared content."),
    Setting("CONTENT_DIR", "the packs that came with the service", "Folder of packs."),
    Setting(
        "BASE_URL",
        "http://127.0.0.1:8080",
        "Where this service is reached; stands in the addresses of handouts. https in production.",
    ),
    Setting("AUDIENCE", "education-plan", "The `aud` that a token must be made for."),
    Setting("TENANTS", "", "YAML file of clinics: issuers, own codes. Required in production."),
    Setting(
        "MONITOR_TOKEN_FILE",
        "",
        "File with the operator's own bearer token for `/metrics`, at least 32 characters.",
    ),
    Setting(
        "LAUNCHES_UNDER_WAY",
        "1000",
        "SMART launches of one clinic that may be under way at once, in all replicas; 0 for any.",
    ),
    Setting(
        "DEMO_EHR",
        "",
        "Demo mode: base of the FHIR server that stands for the record of the clinic `demo`.",
    ),
    Setting(
        "DRAFT_CONTENT", "yes in demo, no in production", "`yes` or `no`: use unapproved packs."
    ),
    Setting(
        "PLAIN_HTTP",
        "yes in demo, no in production",
        "`yes` or `no`: let clinics have `http://` addresses outside loopback, for a trial.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decided. Paths are absolute; `base_url` has no slash at the end.

    `monitor_token` is "" when there is none.
    """

    is_demo: bool
    database: Path | str  # the file of SQLite, or the URL of PostgreSQL
    var_dir: Path
    content_dir: Path
    base_url: str
    audience: str
    tenants: Mapping[str, Tenant]
    draft_content: bool
    monitor_token: str = field(default="", repr=False)
    launches_under_way: int = 1_000


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this environment.

    Raises:
        WrongSetting: one is unknown, missing or wrong.
    """
    given = {
        name.removeprefix(PREFIX): value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith(PREFIX)
    }
    _refuse_unknown(given)
    is_demo = _choice(given, "MODE", "demo", ("demo", "production")) == "demo"
    var_dir = Path(given.get("VAR_DIR", "var")).absolute()
    tenants = _tenants(given.get("TENANTS", ""), is_demo=is_demo)
    tenants |= _demo_clinic(given.get("DEMO_EHR", ""), tenants, is_demo=is_demo)
    if _choice(given, "PLAIN_HTTP", "yes" if is_demo else "no", ("yes", "no")) == "no":
        _refuse_plain(tenants)
    draft = _choice(given, "DRAFT_CONTENT", "yes" if is_demo else "no", ("yes", "no")) == "yes"
    return Settings(
        is_demo=is_demo,
        database=_with_password(
            database_of(
                given.get("DATABASE_URL") or f"sqlite:///{var_dir / 'education-plan.sqlite'}"
            ),
            given.get("DATABASE_PASSWORD_FILE", ""),
        ),
        var_dir=var_dir,
        content_dir=_content_dir(given.get("CONTENT_DIR", "")),
        base_url=_base_url(given.get("BASE_URL", ""), is_demo=is_demo),
        audience=given.get("AUDIENCE", "education-plan"),
        tenants=tenants,
        draft_content=draft,
        monitor_token=_monitor_token(given.get("MONITOR_TOKEN_FILE", "")),
        launches_under_way=_whole(given, "LAUNCHES_UNDER_WAY", "1000"),
    )


def _refuse_unknown(given: Mapping[str, str]) -> None:
    unknown = sorted(set(given) - {setting.name for setting in SETTINGS})
    if unknown:
        raise WrongSetting(f"{PREFIX}{unknown[0]}: there is no such setting")


def _choice(given: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name, default)
    if value not in allowed:
        raise WrongSetting(f"{PREFIX}{name}: must be {' or '.join(allowed)}, not {value!r}")
    return value


def _whole(given: Mapping[str, str], name: str, default: str) -> int:
    value = given.get(name, default)
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER):
        raise WrongSetting(f"{PREFIX}{name}: must be a whole number, 0 or more")
    return int(value)


def database_of(url: str, said: str = f"{PREFIX}DATABASE_URL") -> Path | str:
    """The file or URL that this address means; `said` is where it was told.

    Raises:
        WrongSetting: it is neither, or PostgreSQL's driver is missing.
    """
    if url.startswith("postgresql://"):
        if find_spec("psycopg") is None:
            raise WrongSetting(
                f"{said}: PostgreSQL needs the extra: "
                "pip install 'education-plan-service[postgres]'"
            )
        return url
    if not url.startswith("sqlite:///"):
        raise WrongSetting(f"{said}: must begin with sqlite:/// or postgresql://")
    return Path(url.removeprefix("sqlite:///")).absolute()


def _with_password(database: Path | str, file: str) -> Path | str:
    if not file:
        return database
    name = "DATABASE_PASSWORD_FILE"
    if isinstance(database, Path):
        raise WrongSetting(f"{PREFIX}{name}: is for PostgreSQL; a file has no password")
    parts = urlsplit(database)
    if not parts.username or parts.password is not None:
        raise WrongSetting(f"{PREFIX}{name}: the URL must name a user and no password of its own")
    user, _, rest = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(_secret(name, file), safe='')}@{rest}").geturl()


def _monitor_token(file: str) -> str:
    if not file:
        return ""
    token = _secret("MONITOR_TOKEN_FILE", file)
    if len(token) < _SHORTEST_TOKEN:
        raise WrongSetting(
            f"{PREFIX}MONITOR_TOKEN_FILE: {file} must hold at least {_SHORTEST_TOKEN} characters"
        )
    return token


def _secret(name: str, file: str) -> str:
    """The first line of a file, which is never repeated in an error."""
    try:
        text = Path(file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise WrongSetting(f"{PREFIX}{name}: {file} cannot be read: {why}") from error
    if not text:
        raise WrongSetting(f"{PREFIX}{name}: {file} is empty")
    return text


def _content_dir(path: str) -> Path:
    candidates = (
        [Path(path)] if path else [_PACKAGE.parent / "content", _PACKAGE / "_bundled/content"]
    )
    for candidate in candidates:
        if candidate.is_dir():
            return candidate.absolute()
    raise WrongSetting(f"{PREFIX}CONTENT_DIR: {candidates[-1]} is not a folder")


def _base_url(url: str, *, is_demo: bool) -> str:
    if not url and not is_demo:
        raise WrongSetting(f"{PREFIX}BASE_URL: is required in production")
    parts = urlsplit(url or "http://127.0.0.1:8080")
    allowed = ("http", "https") if is_demo else ("https",)
    if parts.scheme not in allowed or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting(
            f"{PREFIX}BASE_URL: must be an address that begins with {allowed[-1]}://"
        )
    return parts.geturl().rstrip("/")


def _refuse_plain(tenants: Mapping[str, Tenant]) -> None:
    """Health data and tokens leave the machine over TLS only (ASVS 5.0, 12.3.1)."""
    for name, tenant in tenants.items():
        for address in tenant.addresses():
            parts = urlsplit(address)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise WrongSetting(
                    f"{PREFIX}TENANTS: {name}: {address} must be https "
                    f"({PREFIX}PLAIN_HTTP=yes is for a trial)"
                )


def _demo_clinic(
    base: str, tenants: Mapping[str, Tenant], *, is_demo: bool
) -> Mapping[str, Tenant]:
    if not base:
        return {}
    parts = urlsplit(base)
    if not is_demo or parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongSetting(f"{PREFIX}DEMO_EHR: must be an address, in demo mode only")
    clinic = tenants.get("demo", Tenant("demo"))
    return {"demo": replace(clinic, ehr=RecordOf(base.rstrip("/"), most_per_second=0))}


def _tenants(path: str, *, is_demo: bool) -> dict[str, Tenant]:
    if not path:
        if not is_demo:
            raise WrongSetting(f"{PREFIX}TENANTS: is required in production")
        return {}
    return dict(read_tenants(Path(path), f"{PREFIX}TENANTS"))
