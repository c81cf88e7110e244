"""Whatever changes something is recorded: services are compared with the names that they record."""

import ast

from django.utils import translation

from identity.events import registry
from tests.events import services


def test_each_service_records_what_the_table_says_or_has_a_reason_not_to():
    """After a change: `python -m tests.events`, and give a reason where it asks for one."""
    assert services.lines() == [f"{name}: {told}" for name, told in services.listed().items()]
    assert [name for name, told in services.listed().items() if told == "- ?"] == []


def test_every_name_is_recorded_by_some_service():
    recorded = set().union(*services.every().values())

    assert recorded == set(registry.labels())


def test_a_service_that_stops_recording_is_noticed():
    """The control: without the call in a helper of its own, a service is seen to record nothing."""
    tree = services._definitions("pricing.services")
    kept = tree["create_plan"]
    try:
        tree["create_plan"] = ast.parse("def create_plan(): return RatePlan()").body[0]

        assert services.recorded_by("pricing", "create_plan") == set()
    finally:
        tree["create_plan"] = kept


def test_every_name_has_words_in_both_languages():
    with translation.override("zh-hans"):
        chinese = {name: str(label) for name, label in registry.labels().items()}

    assert [name for name, label in chinese.items() if label.isascii()] == []
