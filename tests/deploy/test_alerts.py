"""The alerts ask for figures that there are, with labels that they have."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from service.monitoring.figures import LAST_BACKUP, Figures
from service.monitoring.heartbeat import Heartbeat
from service.monitoring.tally import Tally
from service.usecases.delivering import Backlog
from service.usecases.watch_queues import Waiting
from service.web.errors import ERRORS
from tests.builders import NOW
from tests.live import ROOT

GROUPS = YAML(typ="safe", pure=True).load((ROOT / "deploy" / "alerts.yaml").read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
SERVICES_OWN = re.compile(r"\beducation_plan_\w+")


@pytest.fixture
def told(tmp_path: Path) -> dict[str, set[str]]:
    """The labels of every figure that /metrics tells, by its name."""
    Heartbeat(tmp_path, NOW.timestamp).beat()
    (tmp_path / LAST_BACKUP).touch()
    waits = Waiting(Backlog(1, 1, NOW - timedelta(hours=1)), Backlog())
    figures = Figures("0", "0", tmp_path, dict, NOW.timestamp)
    text = Tally().text(figures.families(lambda: {"demo": waits})).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    # Counted by gunicorn's workers only (tests/journeys/test_serving.py).
    counted = {"education_plan_errors_total": {"code"}}
    counted["education_plan_request_seconds_bucket"] = {"method", "route", "status", "le"}
    return found | counted


@pytest.mark.parametrize("name", RULES)
def test_what_an_alert_asks_for_is_told(told, name):
    rule = RULES[name]
    asked = SERVICES_OWN.findall(rule["expr"])
    assert set(asked) <= told.keys()
    for figure, labels in re.findall(r"(education_plan_\w+)\{([^}]*)\}", rule["expr"]):
        assert set(re.findall(r"(\w+)=", labels)) <= told[figure]
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert all(label in told[figure] for figure in asked)
    for code in re.findall(r'code="([^"]+)"', rule["expr"]):
        assert code in ERRORS


def test_every_figure_that_can_go_wrong_has_an_alert(told):
    watched = set(SERVICES_OWN.findall(" ".join(rule["expr"] for rule in RULES.values())))
    unwatched = told.keys() - watched
    assert {name.removeprefix("education_plan_") for name in unwatched} == {
        "build_info",
        "outbox_waiting",  # how much waits is no fault; how long is
        "inbox_waiting",
        "worker_last_beat_timestamp_seconds",
    }


def test_the_operators_page_names_them_and_when_they_come():
    page = (ROOT / "docs" / "operator.md").read_text()
    assert "deploy/alerts.yaml" in page
