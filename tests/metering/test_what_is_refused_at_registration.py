"""Meters, batches and certificates that metering refuses by name, and that leave nothing behind."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import tenancy
from common.period import Period
from identity import services as identity
from metering import services
from metering.contracts import (
    Assessment,
    BatchTooLarge,
    CapacityLine,
    CertificateRefused,
    ComputePath,
    Density,
    MeterNameTaken,
    MeterRefused,
    Precision,
)
from metering.models import CapacityCertificate, Meter, Reading
from tests.factories import (
    AgentFactory,
    MeterFactory,
    OrganizationFactory,
    PersonFactory,
    ReadingFactory,
    ResourceFactory,
)
from tests.metering.cast import NOON, ingest

pytestmark = pytest.mark.django_db


def count(model) -> int:
    with tenancy.acting_as_platform():
        return model.objects.count()


def test_a_meter_of_a_revoked_agent_is_refused():
    agent = AgentFactory()
    resource = ResourceFactory(provider=agent.organization)
    with tenancy.acting_as_platform():
        identity.revoke_agent(agent_id=agent.pk, organization_id=agent.organization_id, now=NOON)

    with pytest.raises(MeterRefused) as refused:
        MeterFactory(provider=agent.organization, resource=resource, agent_id=agent.pk, at=NOON)

    assert refused.value.field == "agent"
    assert count(Meter) == 0


def test_a_resource_has_one_meter_of_a_name():
    meter = MeterFactory(name="main")

    with pytest.raises(MeterNameTaken):
        MeterFactory(provider=meter.provider, resource=meter.resource, name="main")

    assert count(Meter) == 1


def test_a_batch_beyond_the_limit_is_refused_whole(settings):
    settings.METERING_BATCH_EVENTS_MAX = 2
    meter = MeterFactory(at=NOON)
    readings = [ReadingFactory(meter=meter, starts_at=NOON) for _ in range(3)]

    with pytest.raises(BatchTooLarge):
        ingest(meter, *readings)

    assert count(Reading) == 0
    assert ingest(meter, *readings[:2]).accepted == 2


@pytest.mark.parametrize("value", ["0", "0.000001", "99999999"])
def test_a_capacity_that_no_unit_has_is_not_certified(value):
    resource = ResourceFactory()
    verifier = OrganizationFactory(stem="Verifier")

    with pytest.raises(CertificateRefused) as refused, tenancy.acting_as_platform():
        services.certify_capacity(
            resource_id=resource.pk,
            verifier_id=verifier.pk,
            verifier_person_id=PersonFactory(organization=verifier).pk,
            line=CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal(value)),
            assessment=next(iter(Assessment)),
            period=Period(NOON, NOON + timedelta(days=30)),
            source="a test",
            now=NOON,
        )

    assert refused.value.field == "value"
    assert count(CapacityCertificate) == 0
