"""Each figure is documented, each alert is about figures that there are."""

import re
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import translation
from prometheus_client.parser import text_string_to_metric_families

from common import figures as rooms
from config.pulse import clocks, rings, tasks
from config.watch import figures, system
from gateway import counting
from identity.contracts import Role
from tests.cast import member, organization, signed_in

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "suanpan.rules.yml"
PAGE = ROOT / "docs" / "how-to" / "watch-the-market.md"
NAME = re.compile(r"\bsuanpan_[a-z0-9_]+")


@pytest.fixture
def told(db) -> set[str]:
    """Return the name of every figure that a scrape reads, once everything has happened."""
    signed_in(member(organization("Acme"), Role.BUYER)).get("/orders/")
    rooms.count(rooms.ROUNDS, outcome="filled")
    rooms.count(rooms.ROUND_ORDERS, result="cleared")
    rooms.count(rooms.REFUSALS, code="refused")
    counting.count_batch(1)
    counting.count_refused("push", "statement_signature")
    with counting.counted_referral():
        pass
    with figures.task("tests.documented") as run:
        run.outcome = "done"
    figures._write(lambda: figures.POOL.labels("open").set(1))
    for service in ("beat", "worker"):
        clocks.leave_mark(service)
    for sender, queue in rings.EXPECTED:
        tasks.hear(sender=sender, queue=queue)
    text = Client().get("/metrics").content.decode()
    # A checkpoint can be signed only of what is committed; a test's transaction is not.
    return {"suanpan_seal_age_seconds"} | {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(text)
    }


def test_each_figure_has_its_line_and_each_line_its_figure(told):
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `suanpan_")]
    documented = {NAME.search(line).group() for line in lines}

    assert documented == told


def test_each_alert_is_about_figures_that_there_are(told):
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    used = {
        re.sub(r"_(bucket|count|sum)$", "", name)
        for rule in rules
        for name in NAME.findall(rule["expr"])
    }
    assert used
    assert used <= told
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_the_page_answers_every_state_that_is_not_well():
    translation.activate("en")
    page = PAGE.read_text().lower()
    for part, status in system.STATES:
        if status != "ok":
            assert str(system.NAMES[part]).lower() in page, part
