"""Conversion tables: versions that never change, announced ahead, agreed on by two."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import clock, notice, tenancy
from common.period import Period
from metering import selectors, services
from metering.contracts import (
    Assessment,
    CapacityLine,
    ComputePath,
    Density,
    InvalidRule,
    Precision,
)
from metering.models import MeasurementRuleVersion
from metering.table_contracts import InvalidTable, TableVersionConflict
from metering.table_models import ConversionTableVersion
from tests import cast as people
from tests.metering import cast, tables

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture
def installed():
    tenancy.enter(tenancy.PLATFORM)
    return services.install_shipped_rules(now=clock.now())


def publish(definition, *, version=2, **facts):
    now = clock.now()
    return services.publish_table(
        **{
            "name": "training",
            "version": version,
            "title": "训练",
            "title_en": "Training",
            "definition": definition,
            "source": "a test",
            "valid_from": None,
            "now": now,
        }
        | facts
    )


def test_each_class_has_its_table_and_installing_again_changes_nothing(installed):
    before = list(ConversionTableVersion.objects.order_by("hour_class"))

    assert services.install_shipped_rules(now=clock.now()) == installed
    assert list(ConversionTableVersion.objects.order_by("hour_class")) == before
    assert [each.hour_class for each in before] == ["general", "hpc", "inference", "training"]


def test_another_factor_waits_a_week_and_another_source_does_not(installed):
    definition = tables.shipped("training")["definition"]
    now = clock.now()

    definition["rows"][0]["source"] = "another table"
    told = publish(definition, now=now)
    lower = definition["rows"][1] | {"figures": ["900"], "factor": "2.884615"}
    later = publish(definition | {"rows": [definition["rows"][0], lower]}, version=3, now=now)

    assert (told.valid_from, later.valid_from) == (now, now + notice.NOTICE)


def test_worse_terms_are_refused_sooner_by_the_service_and_by_the_database(installed):
    definition = tables.one_row()
    soon = clock.now() + WEEK - HOUR

    with pytest.raises(notice.NoticeTooShort):
        publish(definition, valid_from=soon)
    with pytest.raises(IntegrityError, match="worse terms"), transaction.atomic():
        ConversionTableVersion.objects.create(
            hour_class="training",
            version=2,
            title="x",
            title_en="x",
            definition=definition,
            content_hash="0" * 64,
            source="x",
            valid_from=soon,
            published_at=clock.now(),
        )


def test_a_published_version_is_never_edited_and_never_said_otherwise(installed):
    with pytest.raises(TableVersionConflict):
        publish(tables.one_row(), version=1)
    for statement in ("UPDATE %s SET source = ''", "DELETE FROM %s"):
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement % "metering_conversiontableversion")


def test_what_an_hour_of_a_class_is_stays_what_it_is(installed):
    definition = tables.one_row(figures=["100"], factor="1.000000")
    definition["reference"] = definition["reference"] | {"value": "100"}

    with pytest.raises(InvalidTable, match="stays as it was"):
        publish(definition)
    with pytest.raises(IntegrityError, match="stays what it is"), transaction.atomic():
        ConversionTableVersion.objects.create(
            hour_class="training",
            version=2,
            title="x",
            title_en="x",
            definition=definition,
            content_hash="0" * 64,
            source="x",
            valid_from=clock.now() + 2 * WEEK,
            published_at=clock.now(),
        )


@pytest.mark.parametrize(
    "table", [{"name": "training", "version": 9}, {"name": "nonsense", "version": 1}], ids=str
)
def test_a_rule_names_a_table_that_is_there(installed, table):
    (shipped,) = (
        each.definition
        for each in MeasurementRuleVersion.objects.filter(rule_id="hpc-hours", version=1)
    )

    with pytest.raises(InvalidRule):
        services.publish_rule_version(
            code="other-hours",
            version=1,
            name="其他",
            name_en="Other",
            definition=shipped | {"conversion": table},
            source="a test",
            valid_from=None,
            now=clock.now(),
        )


def test_a_rule_has_a_table_or_factors_of_its_own_and_not_both(installed):
    found = MeasurementRuleVersion.objects.get(rule_id="accelerator-hours", version=1)

    with pytest.raises(InvalidRule, match="no factors of its own"):
        services.publish_rule_version(
            code="both",
            version=1,
            name="两者",
            name_en="Both",
            definition=found.definition | {"conversion": {"name": "training", "version": 1}},
            source="a test",
            valid_from=None,
            now=clock.now(),
        )


def certified(resource, value, *, unit="TFLOPS", precision=Precision.FP16, path=ComputePath.TENSOR):
    verifier = people.organization("Verifier")
    return services.certify_capacity(
        resource_id=resource.pk,
        verifier_id=verifier.pk,
        verifier_person_id=people.somebody().pk,
        line=CapacityLine(precision, Density.DENSE, path, Decimal(value), unit),
        assessment=Assessment.MEASURED,
        source="acceptance test 17",
        period=Period(cast.NOON - HOUR, cast.NOON + HOUR),
        now=cast.NOON - HOUR,
    )


@pytest.mark.parametrize(
    ("rule", "specification", "hours"),
    [
        ("hpc-hours", {"chip": "H100", "cards": 8}, "3.505155"),
        ("general-hours", {"vcpu": 8, "threads_per_core": 2}, "0.5"),
    ],
    ids=["hpc", "general"],
)
def test_hours_of_another_class_are_another_unit_and_never_in_the_sum(
    installed, rule, specification, hours
):
    provider = people.organization()
    unit = "vcpu" if "vcpu" in specification else "card"
    resource = people.resource(provider, specification=specification, capacity_unit=unit)
    meter = cast.meter(provider, resource=resource, rule=rule)
    cast.ingest(meter, cast.reading(meter, unit=f"{unit}-second"))

    cast.close()

    (record,) = cast.records(meter)
    assert (record.standard_hours, record.class_hours) == (None, Decimal(hours))
    assert record.hour_class == rule.removesuffix("-hours")
    with tenancy.acting_as_platform():
        (told,) = selectors.usage_after(sequence=0, limit=9) or [None]
    assert told is None or told.standard_hours is None


def test_a_certificate_lowers_a_record_only_while_it_holds(installed):
    provider = people.organization()
    resource = people.resource(provider, chip="H100")
    rule = MeasurementRuleVersion.objects.get(rule_id="hpc-hours")
    certificate = certified(resource, "30", precision=Precision.FP64, path=ComputePath.VECTOR)
    meter = cast.meter(provider, resource=resource, rule=rule.rule_id)
    cast.ingest(meter, cast.reading(meter), cast.reading(meter, at=HOUR))

    cast.close()

    within, after = cast.records(meter)
    assert (within.factor, within.certificate_id) == (Decimal("3.092784"), certificate.pk)
    assert (after.factor, after.certificate_id) == (Decimal("3.505155"), None)
    assert within.factor_row == after.factor_row == "NVIDIA H100 SXM"


def test_a_late_reading_keeps_class_row_and_factor(installed):
    provider = people.organization()
    resource = people.resource(provider, chip="H100")
    meter = cast.meter(provider, resource=resource, rule="hpc-hours")
    cast.ingest(meter, cast.reading(meter))
    cast.close()
    cast.ingest(meter, cast.reading(meter, 1800))

    cast.close()

    first, second = cast.records(meter)
    assert second.supersedes_id == first.pk
    assert (second.class_hours, second.factor_row) == (Decimal("5.2577325"), first.factor_row)
    assert second.hour_class == "hpc"
