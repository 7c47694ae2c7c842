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
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.domain.codes import Coding
from service.domain.content import Edition


class WrongSetting(Exception):
    """A setting is wrong or missing; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An authorization server of a clinic, and where its public keys are."""

    url: str
    jwks_url: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """One clinic. `codes` are its own exact codes by pack id."""

    id: str
    issuers: tuple[TrustedIssuer, ...] = ()
    codes: Mapping[str, tuple[Coding, ...]] = field(default_factory=dict)
    edition: Edition = Edition.FULL
    language: str = "da"


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
    return {name: _tenant(name, clinic) for name, clinic in clinics.items()}


def _schema() -> Any:
    from marshmallow import Schema, fields, validate

    text = fields.String(required=True, validate=validate.Length(min=1))
    issuer = Schema.from_dict(
        {"url": text, "jwks_url": fields.Url(required=True, require_tld=False)}
    )
    coding = Schema.from_dict({"system": text, "code": text})
    clinic = Schema.from_dict(
        {
            "issuers": fields.List(fields.Nested(issuer), load_default=list),
            "edition": fields.Enum(Edition, by_value=True, load_default=Edition.FULL),
            "language": fields.String(load_default="da"),
            "codes": fields.Dict(text, fields.List(fields.Nested(coding)), load_default=dict),
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
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
