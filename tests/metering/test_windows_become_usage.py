from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from identity.contracts import CapacityUnit
from metering import rules, selectors, services
from metering.contracts import (
    Assessment,
    CapacityLine,
    Closed,
    ComputePath,
    Density,
    Precision,
    WindowState,
)
from metering.models import Window
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_a_window_is_measured_after_its_grace_and_not_before():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))

    early = cast.close(now=cast.NOON + timedelta(seconds=3899))
    due = cast.close(now=cast.NOON + timedelta(seconds=3900))

    assert early == Closed(0, 0, 0, is_full=False)
    assert due == Closed(1, 1, 0, is_full=False)
    assert cast.close() == Closed(0, 0, 0, is_full=False)


def test_a_record_says_what_was_measured_by_which_rule_from_which_inputs():
    meter, order = cast.meter(), uuid4()
    readings = [
        cast.reading(meter, "1800.5", seconds=1800, subject=order),
        cast.reading(meter, "1799.5", at=timedelta(seconds=1800), seconds=1800, subject=order),
    ]
    cast.ingest(meter, *readings)

    cast.close()

    (record,) = cast.records(meter)
    assert (record.subject, record.revision, record.supersedes_id) == (order, 1, None)
    assert (record.starts_at, record.ends_at) == (cast.NOON, cast.NOON + HOUR)
    assert record.quantity == 3600
    assert record.native_hours == 1
    assert record.standard_hours == Decimal("3.169872")
    assert record.factor == Decimal("3.169872")
    assert record.rule_version_id == meter.rule_version_id
    assert record.reading_count == 2
    assert record.inputs_hash == rules.measure(readings).inputs_hash


def test_each_subject_of_a_window_has_its_own_record():
    meter, first, second = cast.meter(), uuid4(), uuid4()
    cast.ingest(
        meter,
        cast.reading(meter, 10, subject=first),
        cast.reading(meter, 20, subject=second),
        cast.reading(meter, 30),
    )

    cast.close()

    assert {record.subject: record.quantity for record in cast.records(meter)} == {
        first: 10,
        second: 20,
        None: 30,
    }


def test_a_late_reading_makes_a_record_that_supersedes_the_first():
    meter, order = cast.meter(), uuid4()
    cast.ingest(meter, cast.reading(meter, 100, subject=order))
    cast.close()

    cast.ingest(meter, cast.reading(meter, 50, subject=order))
    cast.close()

    first, second = cast.records(meter)
    assert (first.quantity, first.revision) == (100, 1)
    assert (second.quantity, second.revision, second.supersedes_id) == (150, 2, first.pk)
    assert second.sequence > first.sequence
    with tenancy.acting_as_platform():
        (counts,) = selectors.usage_of_subject(subject=order, limit=10)
    assert (counts.revision, counts.quantity) == (2, 150)


def test_a_late_reading_of_one_subject_leaves_the_other_alone():
    meter, early, late = cast.meter(), uuid4(), uuid4()
    cast.ingest(meter, cast.reading(meter, 1, subject=early))
    cast.close()

    cast.ingest(meter, cast.reading(meter, 2, subject=late))

    assert cast.close() == Closed(windows=1, records=1, set_aside=0, is_full=False)
    assert [(record.subject, record.revision) for record in cast.records(meter)] == [
        (early, 1),
        (late, 1),
    ]


def test_a_duplicate_after_closing_reopens_nothing():
    meter = cast.meter()
    reading = cast.reading(meter)
    cast.ingest(meter, reading)
    cast.close()

    cast.ingest(meter, reading)

    assert cast.close().windows == 0


def test_readings_that_add_up_above_capacity_are_set_aside_unmeasured():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter, 28_800), cast.reading(meter, "0.000000000001"))

    assert cast.close() == Closed(windows=1, records=0, set_aside=1, is_full=False)

    assert cast.records(meter) == []
    with tenancy.acting_as_platform():
        assert Window.objects.get(meter=meter).state == WindowState.SET_ASIDE


def test_a_chip_without_a_figure_is_counted_natively_and_says_why():
    provider = people.organization()
    meter = cast.meter(provider, resource=people.resource(provider, chip="910B"))
    cast.ingest(meter, cast.reading(meter))

    cast.close()

    (record,) = cast.records(meter)
    assert record.native_hours == 1
    assert (record.standard_hours, record.factor) == (None, None)
    assert record.factor_source == "no agreed dense FP16 figure for Huawei Ascend 910B"


def test_a_certificate_of_another_gives_a_contested_chip_its_factor():
    provider, verifier = people.organization(), people.organization("Verifier")
    resource = people.resource(provider, chip="910B")
    with tenancy.acting_as_platform():
        certificate = services.certify_capacity(
            resource_id=resource.pk,
            verifier_id=verifier.pk,
            verifier_person_id=people.somebody().pk,
            line=CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal("280.8")),
            assessment=Assessment.MEASURED,
            source="acceptance test 17",
            period=Period(cast.NOON - HOUR, cast.NOON + HOUR),
            now=cast.NOON - HOUR,
        )
    meter = cast.meter(provider, resource=resource)
    cast.ingest(meter, cast.reading(meter), cast.reading(meter, at=HOUR))

    cast.close()

    within, after = cast.records(meter)
    assert (within.standard_hours, within.factor) == (Decimal("0.9"), Decimal("0.9"))
    assert (within.certificate_id, within.factor_source) == (certificate.pk, "acceptance test 17")
    assert after.standard_hours is None


def test_native_rules_never_convert():
    provider = people.organization()
    meter = cast.meter(provider, rule="card-hours")
    cast.ingest(meter, cast.reading(meter, at=12 * HOUR, seconds=86_400, quantity=86_400))

    cast.close()

    (record,) = cast.records(meter)
    assert (record.native_hours, record.standard_hours) == (24, None)
    assert record.factor_source == "the rule counts native hours only"


def test_tokens_are_counted_and_have_no_hours():
    provider = people.organization()
    meter = cast.meter(provider, rule="tokens")
    cast.ingest(meter, cast.reading(meter, 10**9, unit="token"))

    cast.close()

    (record,) = cast.records(meter)
    assert (record.quantity, record.native_hours, record.standard_hours) == (10**9, None, None)


def test_trial_meters_measure_and_their_usage_says_so():
    provider = people.organization()
    resource = people.resource(provider)
    paid = cast.meter(provider, resource=resource)
    trial = cast.meter(provider, resource=resource, name="trial", is_trial=True)
    cast.ingest(paid, cast.reading(paid, subject=uuid4()), cast.reading(trial, subject=uuid4()))

    cast.close()

    with tenancy.acting_as_platform():
        usage = selectors.usage_after(sequence=0, limit=10)
    assert {row.meter_id: row.is_trial for row in usage} == {paid.pk: False, trial.pk: True}
    assert len(cast.records(trial)) == 1


def test_usage_is_read_past_a_watermark_in_order():
    meter, order, other = cast.meter(), uuid4(), uuid4()
    for hour in range(3):
        cast.ingest(
            meter,
            cast.reading(meter, 1, at=hour * HOUR, subject=order),
            cast.reading(meter, 2, at=hour * HOUR, subject=other),
        )
    cast.close(limit=2)
    uses = {order: meter.resource_id, uuid4(): meter.resource_id}

    with tenancy.acting_as_platform():
        assert selectors.open_subjects(resources=uses) == {order}
        cast.close()
        first = selectors.usage_after(sequence=0, limit=2, subjects=[order])
        rest = selectors.usage_after(sequence=first[-1].sequence, limit=9, subjects=[order])
        assert selectors.open_subjects(resources=uses) == frozenset()

    assert [usage.starts_at for usage in [*first, *rest]] == [
        cast.NOON,
        cast.NOON + HOUR,
        cast.NOON + 2 * HOUR,
    ]
    assert {usage.unit for usage in [*first, *rest]} == {"card-second"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE metering_usagerecord SET quantity = 0",
        "DELETE FROM metering_usagerecord",
        "UPDATE metering_reading SET quantity = 0",
        "DELETE FROM metering_reading",
        "UPDATE metering_capacitycertificate SET value = 1",
    ],
)
def test_measured_facts_are_never_edited(statement):
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))
    cast.close()

    with (
        pytest.raises(DatabaseError, match=r"append-only|permission denied"),
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_virtual_cpus_are_counted_by_their_own_rule():
    provider = people.organization()
    resource = people.resource(
        provider,
        specification={"vcpu": 64},
        capacity_unit=CapacityUnit.VCPU,
        total_milli=64_000,
        resource_class="GENERAL",
    )
    meter = cast.meter(provider, resource=resource, rule="vcpu-hours")
    cast.ingest(meter, cast.reading(meter, 230_400, unit="vcpu-second"))

    cast.close()

    assert [record.native_hours for record in cast.records(meter)] == [64]


def test_what_another_reads_in_an_orders_name_holds_nobody_up():
    mine, theirs, order = cast.meter(), cast.meter(), uuid4()
    cast.ingest(theirs, cast.reading(theirs, subject=order))

    with tenancy.acting_as_platform():
        assert selectors.open_subjects(resources={order: mine.resource_id}) == frozenset()
        assert selectors.open_subjects(resources={order: theirs.resource_id}) == {order}
