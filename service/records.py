"""Where the records of the clinics are joined, for the worker and for doors that look there."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from service.config.tenants import HookOf, RecordLogin, RecordOf, Tenant, WrongSetting
from service.ehr.client_key import algorithm_of
from service.ehr.login import BackendLogin
from service.ehr.record import FhirRecord, Looking, Manner, Wishes
from service.ehr.talk import NoLogin
from service.ehr.wire import Pace, Wire
from service.fhir.dialects import Dialect


def records(tenants: Mapping[str, Tenant]) -> Mapping[str, FhirRecord]:
    """The record of each clinic, by its name. Those on one system share the lowest limit."""
    told = {name: tenant.ehr for name, tenant in tenants.items() if tenant.ehr}
    limits: dict[str, float] = {}
    for each in told.values():
        if each.most_per_second:
            system = system_of(each.base)
            limits[system] = min(each.most_per_second, limits.get(system, each.most_per_second))
    paces = {system: Pace(most) for system, most in limits.items()}
    return {
        name: record_of(each, tenants[name].hook, paces.get(system_of(each.base)))
        for name, each in told.items()
    }


def system_of(base: str) -> str:
    """The system that answers at an address, whichever of its paths."""
    parts = urlsplit(base)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    return f"{parts.hostname}:{port}"


def record_of(told: RecordOf, hook: HookOf | None = None, pace: Pace | None = None) -> FhirRecord:
    """Return the record as the operator describes it."""
    if told.ca_file and not Path(told.ca_file).is_file():
        raise WrongSetting(f"ehr {told.base}: ca_file cannot be read: {told.ca_file}")
    wire = Wire(told.base, pace or Pace(told.most_per_second), ca_file=told.ca_file)
    login = _login(told) if told.login else NoLogin()
    wishes = Wishes(Dialect(told.dialect), Manner(told.manner), frozenset(told.leave_out))
    looking = Looking(hook.query, hook.problem_list) if hook else Looking()
    return FhirRecord(wire, login, wishes, looking=looking)


def _login(told: RecordOf) -> BackendLogin:
    client = told.login or RecordLogin("", "")
    try:
        key = Path(client.key_file).read_text(encoding="ascii")
        algorithm = algorithm_of(key)
    except (OSError, ValueError) as error:
        raise WrongSetting(f"ehr {told.base}: key_file cannot be used: {error}") from error
    return BackendLogin(
        wire=Wire(told.base, ca_file=told.ca_file),
        client_id=client.client_id,
        key=key,
        algorithm=algorithm,
        key_id=client.key_id,
        token_url=client.token_url,
        scope=client.scope,
    )
