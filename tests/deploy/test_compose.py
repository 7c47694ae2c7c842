"""compose.yaml without Docker: everything that it names is there, and it works as it says.

No container is run here. What is in them is (test_image.py), and here the same commands run
with the same settings, on a real PostgreSQL, behind a real nginx, before a stand-in record.
"""

import re
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest
import requests
from flask import Flask, send_file
from ruamel.yaml import YAML

from service.cli import main
from service.config.settings import SETTINGS, read_settings
from service.ehr.record import WHOLE_DELIVERY
from service.gunicorn_conf import graceful_timeout
from service.identity.demo_issuer import ISSUER, DemoIssuer
from service.stand_in.rest import create_stand_in
from tests.commands import ROOT, clean_environment, run_command, start_command
from tests.conftest import FHIR, JSON
from tests.deploy.proxy import program, running_nginx
from tests.ehr.faults import serving
from tests.live import free_port
from tests.posted import a_visit

LOCAL = "./deploy/local/"
COMPOSE = YAML(typ="safe", pure=True).load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {
    name: each for name, each in SERVICES.items() if each["image"].startswith("education-plan:")
}


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_it_has_all_that_an_installation_is_made_of():
    always = {name for name, each in SERVICES.items() if "profiles" not in each}
    assert always == {"db", "migrate", "web", "worker", "nginx"}
    assert set(SERVICES) - always == {"backup", "record"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours_with_options_it_has(name):
    command, *words = OURS[name]["command"]
    main.commands[command].make_context(command, list(words))


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists(name):
    known = {f"EDUPLAN_{setting.name}" for setting in SETTINGS}
    assert set(OURS[name]["environment"]) <= known


def test_all_of_ours_have_the_same_settings_and_files():
    first, *others = OURS.values()
    for each in others:
        assert each["environment"] == first["environment"]
        assert set(first["volumes"]) <= set(each["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_file_that_is_mounted_is_there_or_the_installations_own(name):
    told = (ROOT / "deploy" / "local" / "README.md").read_text()
    for volume in SERVICES[name].get("volumes", ()):
        source, _, rest = volume.partition(":")
        if source.startswith(LOCAL):
            assert f"`{source.removeprefix(LOCAL)}/" in told
        elif source.startswith("."):
            assert (ROOT / source).is_file()
        else:
            assert source in COMPOSE["volumes"]
        assert rest.endswith(":ro") or source in COMPOSE["volumes"]


def test_secrets_are_files_that_git_ignores():
    told = (ROOT / "deploy" / "local" / "README.md").read_text()
    for secret in COMPOSE["secrets"].values():
        assert f"`{secret['file'].removeprefix(LOCAL)}`" in told
    ignored = ["git", "check-ignore", "--quiet"]
    for path in ("database-password", "monitor-token", "tls/key.pem", "etc/clinics.yaml"):
        assert subprocess.run([*ignored, f"deploy/local/{path}"], cwd=ROOT).returncode == 0
    assert subprocess.run([*ignored, "deploy/local/README.md"], cwd=ROOT).returncode == 1


def test_no_secret_stands_in_it():
    for each in SERVICES.values():
        for name, value in each.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|KEY", name):
                assert name.endswith("_FILE")
                assert value.startswith("/run/secrets/")
                assert value.removeprefix("/run/secrets/") in each["secrets"]
    assert not re.search(r"://[^/\s]*:[^/\s@{]*@", (ROOT / "compose.yaml").read_text())


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_waits_for_exists_and_can_be_told_well_from_ill(name):
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other] or other == "web"  # the image's own
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_networks_and_versions_are_named(name):
    each = SERVICES[name]
    assert set(each["networks"]) <= set(COMPOSE["networks"])
    tag = each["image"].partition(":")[2]
    assert "latest" not in tag
    assert re.search(r"\d|EDUPLAN_VERSION", tag)


def test_the_database_is_reached_from_inside_only():
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert SERVICES["db"]["networks"] == ["data"]
    assert [n for n, each in SERVICES.items() if "ports" in each] == ["nginx", "record"]
    assert "data" not in SERVICES["nginx"]["networks"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["record"]["ports"])


@pytest.mark.parametrize("name", [*OURS, "nginx"])
def test_what_a_container_may_do_is_little(name):
    each = SERVICES[name]
    assert each["read_only"] is True
    assert each["cap_drop"] == ["ALL"]
    assert each["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "devices", "cap_add"} & set(each)


def test_who_is_stopped_gets_the_time_that_an_orderly_end_takes():
    assert seconds(SERVICES["web"]["stop_grace_period"]) > graceful_timeout
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > WHOLE_DELIVERY


def test_nginx_finds_the_service_where_it_listens():
    words = SERVICES["web"]["command"]
    port = words[words.index("--port") + 1]
    text = (ROOT / "deploy" / "upstream.containers.conf").read_text()
    assert f"server web:{port};" in text
    assert (
        "./deploy/upstream.containers.conf:/etc/nginx/upstream.conf:ro"
        in (SERVICES["nginx"]["volumes"])
    )


def test_the_dump_programs_of_the_image_are_of_the_databases_version():
    version = SERVICES["db"]["image"].partition(":")[2].partition("-")[0]
    assert f"PostgreSQL {version}," in (ROOT / "Dockerfile").read_text()


# -- and it works as it says


class Played:
    """The services of compose.yaml as processes on this machine: other addresses, same words."""

    def __init__(self, folder: Path, database: str, jwks: str, record: str) -> None:
        self.var, self.port = folder / "var", free_port()
        self.issuer = DemoIssuer(folder / "issuer")
        (folder / "secrets").mkdir()
        (folder / "secrets" / "database-password").write_text("hemmeligt")
        (folder / "secrets" / "monitor-token").write_text("0123456789abcdef" * 3)
        clinics = folder / "clinics.yaml"
        issuer = {"url": ISSUER, "jwks_url": jwks}
        clinics.write_bytes(
            orjson.dumps({"clinic-a": {"issuers": [issuer], "ehr": {"base": record}}})
        )
        put = {
            "EDUPLAN_VAR_DIR": str(self.var),
            "EDUPLAN_DATABASE_URL": database,
            "EDUPLAN_TENANTS": str(clinics),
            "EDUPLAN_BASE_URL": "https://localhost",
            "EDUPLAN_DRAFT_CONTENT": "yes",
            "EDUPLAN_PLAIN_HTTP": "no",  # its record is on loopback
        }
        told = {
            name: value.replace("/run/secrets", str(folder / "secrets"))
            for name, value in OURS["web"]["environment"].items()
        }
        assert put.keys() - {"EDUPLAN_VAR_DIR"} <= told.keys()  # the image sets the folder
        self.settings = told | put
        self.environment = clean_environment() | self.settings
        self.log = folder / "log"

    def words(self, name: str) -> list[str]:
        """What a service runs; the port and folders are those of this test."""
        words = ["127.0.0.1" if word == "0.0.0.0" else word for word in SERVICES[name]["command"]]
        backups = str(self.var.parent / "backups")
        words = [backups if word.startswith("/var/backups") else word for word in words]
        return [str(self.port) if word == "8080" else word for word in words]

    def start(self, name: str) -> subprocess.Popen:
        return start_command(self.environment, self.log, *self.words(name))

    def run(self, *words: str) -> str:
        done = run_command(*words, environment=self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def headers(self, role: str = "system") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(role, tenant='clinic-a')}"}


@pytest.mark.real
@pytest.mark.slow
def test_the_whole_of_it_works_together(postgres, tmp_path):
    program()
    with ExitStack() as stack:
        issuer = DemoIssuer(tmp_path / "issuer")
        issuer.ensure_keys()
        keys = Flask("keys")
        keys.add_url_rule("/jwks", view_func=lambda: send_file(issuer.jwks))
        jwks = stack.enter_context(serving(keys))
        record = create_stand_in(tmp_path / "record.sqlite")
        url = stack.enter_context(serving(record))
        database = postgres.make("compose")
        stack.callback(postgres.drop, "compose")
        played = Played(tmp_path, database, f"{jwks}/jwks", url)
        assert not read_settings(played.settings).is_demo
        assert "schema" in played.run(*played.words("migrate"))
        web, worker = played.start("web"), played.start("worker")
        stack.callback(web.kill)
        stack.callback(worker.kill)
        service = f"http://127.0.0.1:{played.port}"
        await_ready(service, played)
        proxy = stack.enter_context(running_nginx(tmp_path / "nginx", service))
        headers = played.headers() | {"Content-Type": FHIR, "Accept": JSON}
        content = orjson.dumps(a_visit())
        made = proxy.call("POST", "/api/v1/encounters", data=content, headers=headers)
        assert made.status_code == 201, made.text
        assert delivered(proxy, made.headers["Location"], played)
        assert len(record.test_client().get("/CarePlan").json["entry"]) == 1
        watched(service, played)
        archive = played.run(*played.words("backup")).split()[1]
        assert "1 plans" in played.run("restore", archive, "--check")
        for process, patience in ((web, "web"), (worker, "worker")):
            process.send_signal(signal.SIGTERM)
            assert process.wait(seconds(SERVICES[patience]["stop_grace_period"])) == 0


def await_ready(service: str, played: Played) -> None:
    for _ in range(600):
        try:
            if requests.get(f"{service}/health/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError(played.log.read_text())


def delivered(proxy, plan: str, played: Played) -> bool:
    for _ in range(300):
        headers = played.headers() | {"Accept": JSON}
        (told,) = proxy.call("GET", f"{plan}/deliveries", headers=headers).json()["deliveries"]
        if told["state"] == "delivered":
            return True
        time.sleep(0.1)
    raise AssertionError(played.log.read_text())


def watched(service: str, played: Played) -> None:
    """The operator's token, from its file, sees the clinic and the worker."""
    token = Path(played.settings["EDUPLAN_MONITOR_TOKEN_FILE"]).read_text()
    headers = {"Authorization": f"Bearer {token}"}
    told = requests.get(f"{service}/metrics", headers=headers, timeout=30).text
    assert 'education_plan_outbox_waiting{tenant="clinic-a"} 0.0' in told
    assert "education_plan_workers 1.0" in told
    assert played.run("check-worker") == "alive\n"
