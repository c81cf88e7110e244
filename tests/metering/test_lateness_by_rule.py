"""How late a reading is taken is what its meter's rule says."""

from datetime import timedelta

import pytest

from common import tenancy
from metering import services
from metering.contracts import RowRefusal
from metering.models import MeasurementRule, MeasurementRuleVersion
from tests.metering import cast

pytestmark = pytest.mark.django_db


def meter_late_by(seconds: int | None):
    """Return a meter whose rule takes readings so long after they ended."""
    meter = cast.meter()
    if seconds is None:
        return meter
    before = meter.rule_version
    with tenancy.acting_as_platform():
        rule = MeasurementRule.objects.create(code="late-hours", name="迟", name_en="Late")
        MeasurementRuleVersion.objects.create(
            rule=rule,
            version=1,
            metric_id=before.metric_id,
            window_seconds=before.window_seconds,
            grace_seconds=before.grace_seconds,
            definition=before.definition | {"lateness_seconds": seconds},
            content_hash="a" * 64,
            source="https://example.test/rule",
            valid_from=before.valid_from,
            published_at=before.published_at,
        )
    return cast.meter(meter.provider, resource=meter.resource, rule=rule.code, name="late")


def codes(meter, *, late: timedelta, **how):
    with tenancy.acting_as(meter.provider_id):
        taken = services.ingest(
            provider_id=meter.provider_id,
            readings=[cast.reading(meter, 60, seconds=60)],
            received_at=cast.NOON + timedelta(minutes=1) + late,
            **how,
        )
    return [row.code for row in taken.refused]


def test_a_reading_later_than_its_rule_allows_is_refused_and_an_importer_may_replay_it():
    meter = meter_late_by(86_400)
    allowed = timedelta(days=1, minutes=5)  # Clocks may be five minutes apart.

    assert codes(meter, late=allowed) == []
    assert codes(meter, late=allowed + timedelta(seconds=1)) == [RowRefusal.TOO_LATE]
    assert codes(meter, late=timedelta(days=9), is_replay=True) == []


def test_a_rule_that_says_nothing_takes_them_for_as_long_as_any_is_taken():
    meter = meter_late_by(None)

    assert codes(meter, late=timedelta(days=91)) == []
    assert codes(meter, late=timedelta(days=92)) == [RowRefusal.TOO_OLD]


def test_a_rule_may_take_nothing_that_is_late():
    meter = meter_late_by(0)

    assert codes(meter, late=timedelta(minutes=5)) == []
    assert codes(meter, late=timedelta(minutes=6)) == [RowRefusal.TOO_LATE]


def test_what_was_refused_makes_no_window_due():
    meter = meter_late_by(0)

    codes(meter, late=timedelta(hours=1))

    assert cast.close().windows == 0
