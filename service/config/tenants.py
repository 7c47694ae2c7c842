"""The file of clinics: whom each trusts, and which codes of its own mean which pack.

clinic-a:
  issuers:
    - url: https://login.clinic-a.example
      jwks_url: https://login.clinic-a.example/jwks
  edition: pixi            # what a plan holds unless the encounter says otherwise
  language: da
  codes:                   # own or local codes that call for a pack, exactly
    lumbar-spinal-stenosis:
      - system: https://clinic-a.example/diagnoses
        code: LSS
  ehr:                     # the clinic's record; without it plans wait, and nothing is lost
    base: https://fhir.clinic-a.example/r4
    dialect: auto          # core, inline, fut or note
    manner: auto           # transaction or single
    leave_out: [Provenance]   # resource types that it says it takes, and refuses
    most_per_second: 20    # requests of each worker; 0 for no limit
    ca_file: /etc/ssl/clinic-a.pem    # who signs its certificate, where the world does not know
    login:                 # SMART Backend Services; without it the record lets everybody in
      client_id: education-plan
      key_file: /etc/education-plan/clinic-a.pem
      key_id: "2026"
      token_url: https://login.clinic-a.example/token
  hook:                    # the record tells of encounters (FHIR Subscription, rest-hook)
    secret_file: /etc/education-plan/clinic-a-hook   # without it, an issuer's token is needed
    criteria: Encounter?service-provider=Organization/physio    # those of the Subscription
    problem_list: no       # yes: what a patient has may stand in for what a visit is about
  cds_hooks:               # the record asks while somebody works in it (CDS Hooks)
    clients:
      - issuer: https://fhir.clinic-a.example      # the `iss` of its tokens
        jwks_url: https://fhir.clinic-a.example/cds-jwks    # the only `jku`
    origins: [https://ehr.clinic-a.example]        # of clients that call from a browser
    launch_url: https://other.clinic-a.example/launch    # opens pages elsewhere than here
  smart:                   # SMART App Launch: the pages open from the record
    iss: https://fhir.clinic-a.example/r4    # the FHIR base, as the record says it
    client_id: education-plan-pages
    key_file: /etc/education-plan/clinic-a.pem    # or secret_file, where it knows no keys
    key_id: "2026"
    login_origins: [https://login.clinic-a.example]   # where else its login answers
    frame_ancestors: [https://ehr.clinic-a.example]   # who may show the pages inside its own
    portal_ancestors: [https://min.clinic-a.example]  # who may show a patient's own pages so
    show_name: yes         # in the banner, where the record shows none: asks for patient/Patient.r
    ca_file: /etc/ssl/clinic-a.pem
    acr: ["https://refeds.org/profile/mfa"]   # how strongly a person must have logged in
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from service.domain.codes import Coding
from service.domain.content import Edition
from service.domain.values import dataclass

# What a plan is written as in a record (ehr/record.py); any of it may be left out.
LEAVABLE = (
    *("CarePlan", "ServiceRequest", "Communication", "Procedure"),
    *("Goal", "Observation", "DocumentReference", "Provenance"),
)

_HTTP: dict[str, Any] = {"require_tld": False, "schemes": {"http", "https"}}


class WrongSetting(Exception):
    """A setting is wrong or missing; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An authorization server of a clinic, and where its public keys are."""

    url: str
    jwks_url: str


@dataclass(frozen=True, slots=True)
class RecordLogin:
    """A client of the record's authorization server; "" for a `token_url` to be looked up."""

    client_id: str
    key_file: str
    key_id: str = ""
    token_url: str = ""
    scope: str = "system/*.cruds"


@dataclass(frozen=True, slots=True)
class RecordOf:
    """Where a clinic's record is, and how it wants to be written to."""

    base: str
    dialect: str = "auto"
    manner: str = "auto"
    leave_out: tuple[str, ...] = ()
    most_per_second: float = 20
    ca_file: str = ""
    login: RecordLogin | None = None


@dataclass(frozen=True, slots=True)
class HookOf:
    """How a clinic's record tells of encounters. `criteria` is `Encounter`, or `Encounter?…`."""

    secret_file: str = ""
    criteria: str = "Encounter"
    problem_list: bool = False

    @property
    def query(self) -> str:
        """The conditions of the criteria; "" for none."""
        return self.criteria.partition("?")[2]


@dataclass(frozen=True, slots=True)
class CdsHooksOf:
    """Which clients may call a clinic's hook services; `launch_url` "" for no link on cards."""

    clients: tuple[TrustedIssuer, ...] = ()
    origins: tuple[str, ...] = ()
    launch_url: str = ""


@dataclass(frozen=True, slots=True)
class SmartOf:
    """How a clinic's record opens the pages: one of `key_file` and `secret_file` is there."""

    iss: str
    client_id: str
    key_file: str = ""
    key_id: str = ""
    secret_file: str = ""
    login_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    portal_ancestors: tuple[str, ...] = ()
    ca_file: str = ""
    show_name: bool = False
    acr: tuple[str, ...] = ()  # how strongly a person must have logged in; any of these


@dataclass(frozen=True, slots=True)
class Tenant:
    """One clinic. `codes` are its own exact codes by pack id."""

    id: str
    issuers: tuple[TrustedIssuer, ...] = ()
    codes: Mapping[str, tuple[Coding, ...]] = field(default_factory=dict)
    edition: Edition = Edition.FULL
    language: str = "da"
    ehr: RecordOf | None = None
    hook: HookOf | None = None
    cds_hooks: CdsHooksOf = CdsHooksOf()
    smart: SmartOf | None = None

    def addresses(self) -> list[str]:
        """Every address that is called, that a browser is sent to, or that may embed pages."""
        found = [each.jwks_url for each in (*self.issuers, *self.cds_hooks.clients)]
        found += [*self.cds_hooks.origins, self.cds_hooks.launch_url]
        if self.ehr:
            found += [self.ehr.base, self.ehr.login.token_url if self.ehr.login else ""]
        if self.smart:
            found += [self.smart.iss, *self.smart.login_origins]
            found += [*self.smart.frame_ancestors, *self.smart.portal_ancestors]
        return [address for address in found if address]


def read_tenants(path: Path, setting: str) -> Mapping[str, Tenant]:
    """Return the clinics of the file by id.

    Raises:
        WrongSetting: the file is missing, is not YAML, or a clinic in it is wrong.
    """
    # YAML and schemas are loaded only where there is a file: they cost start-up time.
    from marshmallow import ValidationError
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        clinics = _schema().load(content or {})
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise WrongSetting(f"{setting}: {path} cannot be read: {_one_line(error)}") from error
    except ValidationError as error:
        raise WrongSetting(f"{setting}: {path}: {error.messages}") from error
    found = {name: _tenant(name, clinic) for name, clinic in clinics.items()}
    callers = [client.url for tenant in found.values() for client in tenant.cds_hooks.clients]
    if len(set(callers)) < len(callers):
        raise WrongSetting(f"{setting}: {path}: two clinics trust the same client of cds_hooks")
    return found


def _schema() -> Any:
    from marshmallow import Schema, fields, validate

    text = fields.String(required=True, validate=validate.Length(min=1))
    issuer = Schema.from_dict({"url": text, "jwks_url": fields.Url(required=True, **_HTTP)})
    coding = Schema.from_dict({"system": text, "code": text})
    clinic = Schema.from_dict(
        {
            "issuers": fields.List(fields.Nested(issuer), load_default=list),
            "edition": fields.Enum(Edition, by_value=True, load_default=Edition.FULL),
            "language": fields.String(load_default="da"),
            "codes": fields.Dict(text, fields.List(fields.Nested(coding)), load_default=dict),
            "ehr": fields.Nested(_record_schema(text), load_default=None),
            "hook": fields.Nested(_hook_schema(), load_default=None),
            "cds_hooks": fields.Nested(_cds_hooks_schema(text), load_default=dict),
            "smart": fields.Nested(_smart_schema(text), load_default=None),
        }
    )

    class Clinics:
        """A mapping at the top has no Schema of its own in marshmallow."""

        _field = fields.Dict(
            fields.String(validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*\Z")), fields.Nested(clinic)
        )

        def load(self, content: Any) -> Any:
            return self._field.deserialize(content)

    return Clinics()


def _record_schema(text: Any) -> Any:
    from marshmallow import Schema, fields, validate

    def one_of(*words: str) -> Any:
        return fields.String(validate=validate.OneOf(words))

    login = Schema.from_dict(
        {
            "client_id": text,
            "key_file": text,
            "key_id": fields.String(),
            "token_url": fields.Url(**_HTTP),
            "scope": fields.String(),
        }
    )
    return Schema.from_dict(
        {
            "base": fields.Url(required=True, **_HTTP),
            "dialect": one_of("auto", "core", "inline", "fut", "note"),
            "manner": one_of("auto", "transaction", "single"),
            "leave_out": fields.List(one_of(*LEAVABLE)),
            "ca_file": fields.String(),
            "most_per_second": fields.Float(validate=validate.Range(0, 1_000)),
            "login": fields.Nested(login),
        }
    )


def _hook_schema() -> Any:
    from marshmallow import Schema, fields, validate

    # What a look asks for itself may not be asked for twice.
    names = r"(?!_(?:lastUpdated|sort|count|include|revinclude|summary|elements|total)\b)"
    criteria = validate.Regexp(
        rf"Encounter(?:\?{names}[^=&#\s]+=[^=&#\s]*(?:&{names}[^=&#\s]+=[^=&#\s]*)*)?\Z",
        error="must be Encounter, or Encounter? with name=value, joined by &",
    )
    return Schema.from_dict(
        {
            "secret_file": fields.String(validate=validate.Length(min=1)),
            "criteria": fields.String(validate=criteria),
            "problem_list": fields.Boolean(),
        }
    )


def _cds_hooks_schema(text: Any) -> Any:
    from marshmallow import Schema, fields, validate

    client = Schema.from_dict({"issuer": text, "jwks_url": fields.Url(required=True, **_HTTP)})
    origin = validate.Regexp(
        r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?\Z",
        error="must be as a browser writes it: https://host, with no path",
    )
    return Schema.from_dict(
        {
            "clients": fields.List(fields.Nested(client)),
            "origins": fields.List(fields.String(validate=origin)),
            "launch_url": fields.Url(**_HTTP),
        }
    )


def _cds_hooks(told: Mapping[str, Any]) -> CdsHooksOf:
    return CdsHooksOf(
        clients=tuple(
            TrustedIssuer(client["issuer"], client["jwks_url"])
            for client in told.get("clients", ())
        ),
        origins=tuple(told.get("origins", ())),
        launch_url=told.get("launch_url", ""),
    )


def _smart_schema(text: Any) -> Any:
    from marshmallow import Schema, ValidationError, fields, validate, validates_schema

    origin = fields.String(
        validate=validate.Regexp(
            r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?\Z", error="must be like https://ehr.example"
        )
    )

    class Smart(Schema):
        iss = fields.Url(required=True, **_HTTP)
        client_id = text
        key_file = fields.String(validate=validate.Length(min=1))
        key_id = fields.String()
        secret_file = fields.String(validate=validate.Length(min=1))
        login_origins = fields.List(origin)
        frame_ancestors = fields.List(origin)
        portal_ancestors = fields.List(origin)
        ca_file = fields.String()
        show_name = fields.Boolean()
        acr = fields.List(fields.String(validate=validate.Regexp(r"[\x21-\x7e]{1,200}\Z")))

        @validates_schema
        def shows_itself_in_one_way(self, told: Mapping[str, Any], **_: Any) -> None:
            if ("key_file" in told) == ("secret_file" in told):
                raise ValidationError("needs one of key_file and secret_file")

    return Smart


def _smart(told: Mapping[str, Any] | None) -> SmartOf | None:
    if told is None:
        return None
    names = ("login_origins", "frame_ancestors", "portal_ancestors", "acr")
    lists = {name: tuple(told.get(name, ())) for name in names}
    return SmartOf(**{**told, **lists, "iss": told["iss"].rstrip("/")})


def _record(told: Mapping[str, Any] | None) -> RecordOf | None:
    if told is None:
        return None
    login = told.get("login")
    rest = {key: value for key, value in told.items() if key not in ("login", "leave_out")}
    left_out = tuple(told.get("leave_out", ()))
    return RecordOf(**rest, leave_out=left_out, login=RecordLogin(**login) if login else None)


def _tenant(name: str, clinic: Mapping[str, Any]) -> Tenant:
    return Tenant(
        id=name,
        issuers=tuple(TrustedIssuer(**issuer) for issuer in clinic["issuers"]),
        codes={
            pack: tuple(Coding(**coding) for coding in codings)
            for pack, codings in clinic["codes"].items()
        },
        edition=clinic["edition"],
        language=clinic["language"],
        ehr=_record(clinic["ehr"]),
        hook=HookOf(**clinic["hook"]) if clinic["hook"] is not None else None,
        cds_hooks=_cds_hooks(clinic["cds_hooks"]),
        smart=_smart(clinic["smart"]),
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
