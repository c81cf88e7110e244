"""Meters of use and of electricity, data centres, and what is counted of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common import tenancy
from metering import selectors as metering_selectors
from metering import services as metering
from metering.contracts import MetricKind
from metering.energy import selectors, services
from metering.energy.contracts import GreenKind, UsageEmission
from metering.energy.models import DataCentre, GreenSupply
from metering.energy.services.green import NewGreenSupply
from metering.models import Meter, Metric, UsageRecord
from tests import factories

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=5)
HOUR = timedelta(hours=1)
NOVEMBER = date(2026, 11, 1)
COUNTED_BY_THE_HOUR = {
    "aggregate": "SUM",
    "window_seconds": 3600,
    "grace_seconds": 300,
    "standard": False,
    "accepts_certificates": False,
    "factors": [],
}


def rule_of_energy(unit: str = "kWh", *, window: int = 3600) -> str:
    """Return the code of a rule that counts electricity, made at its first use."""
    code = f"test-{unit.lower()}-{window}"
    if not any(each.code == code for each in metering_selectors.rule_versions()):
        Metric.objects.get_or_create(
            code=f"test-{unit.lower()}",
            defaults={"name": "电量", "name_en": "Energy", "unit": unit, "kind": MetricKind.COUNT},
        )
        metering.publish_rule_version(
            code=code,
            name="电量",
            name_en="Energy",
            version=1,
            definition=COUNTED_BY_THE_HOUR
            | {"metric": f"test-{unit.lower()}", "window_seconds": window},
            source="of the tests",
            valid_from=datetime(2023, 1, 1, tzinfo=UTC),
            now=datetime(2023, 1, 1, tzinfo=UTC),
        )
    return code


def meter(provider, resource=None, *, at: datetime = NOON - 30 * 24 * HOUR, **facts) -> Meter:
    """Return a meter of a provider, on a resource of its own if none is named."""
    if resource is not None:
        facts["resource"] = resource
    with tenancy.acting_as_platform():
        return factories.MeterFactory(provider=provider, at=at, **facts)


def read(meter: Meter, quantity, *, at: datetime = NOON, unit="card-second", seconds=3600, **facts):
    """Take one reading, long after it was made."""
    reading = factories.ReadingFactory(
        meter=meter,
        starts_at=at,
        seconds=seconds,
        quantity=Decimal(quantity),
        unit=unit,
        **facts,
    )
    with tenancy.acting_as(meter.provider_id):
        taken = metering.ingest(
            provider_id=meter.provider_id,
            readings=[reading],
            received_at=max(LATER, at + 5 * 24 * HOUR),
        )
    assert taken.accepted == 1, taken


def close_and_count(*, now: datetime = LATER + 60 * 24 * HOUR) -> None:
    """Close what is due and count its electricity."""
    with tenancy.acting_as_platform():
        metering.close_windows(now=now)
        while services.count_due(now=now).is_full:
            pass


def current(meter: Meter) -> list[UsageRecord]:
    """Return what counts of a meter's usage, by time."""
    with tenancy.acting_as_platform():
        rows = UsageRecord.objects.filter(meter=meter, superseded_by__isnull=True)
        return list(rows.order_by("starts_at", "sequence"))


def energy(record: UsageRecord) -> UsageEmission:
    """Return what one usage record cost in electricity and carbon."""
    with tenancy.acting_as_platform():
        return selectors.energy_of([record.pk])[record.pk]


def centre(provider, *resources, region: str = "621000", month: date = date(2026, 1, 1), **facts):
    """Return a data centre in which some resources stand."""
    with tenancy.acting_as(provider.pk):
        made = services.add_centre(
            provider_id=provider.pk,
            region=region,
            now=NOON,
            **({"name": "庆阳一号", "name_en": "Qingyang 1"} | facts),
        )
        if resources:
            services.place_resources(
                provider_id=provider.pk,
                centre_id=made.pk,
                resource_ids=[each.pk for each in resources],
                month=month,
                now=NOON,
            )
        return made


def pue(centre: DataCentre, value: str, *, month: date = NOVEMBER, now: datetime = NOON):
    """Enter a PUE, as a person of the centre's provider."""
    with tenancy.acting_as(centre.provider_id):
        return services.enter_pue(
            provider_id=centre.provider_id,
            person_id=factories.PersonFactory().pk,
            centre_id=centre.pk,
            month=month,
            value=Decimal(value),
            evidence="EN-50600 报告 2026-11",
            now=now,
        )


def certificate(provider, number: str = "", *, month: date = NOVEMBER, **facts) -> GreenSupply:
    """Register green electricity, a certificate if nothing else is said."""
    new = {"kind": GreenKind.CERTIFICATE, "number": number or "A1B2" * 8, "month": month}
    with tenancy.acting_as(provider.pk):
        return services.register_supply(
            provider_id=provider.pk,
            person_id=factories.PersonFactory().pk,
            new=NewGreenSupply(**(new | {"evidence": "绿证平台截图"} | facts)),
            now=NOON + 60 * 24 * HOUR,
        )


def claim(supply: GreenSupply, centre: DataCentre, *, month: date | None = None) -> GreenSupply:
    """Claim green electricity for a centre, as its provider."""
    with tenancy.acting_as(supply.provider_id):
        return services.claim_supply(
            provider_id=supply.provider_id,
            supply_id=supply.pk,
            centre_id=centre.pk,
            month=month or supply.month,
            now=NOON + 60 * 24 * HOUR,
        )


def month_of(centre: DataCentre, month: date = NOVEMBER, sums=None):
    """Return a centre's month."""
    with tenancy.acting_as_platform():
        (found,) = selectors.centre_months([centre], first=month, last=month, sums=sums)
        return found


def new_id() -> UUID:
    """Return the id of a subject."""
    return factories.OrganizationFactory().pk
