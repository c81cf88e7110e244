from datetime import UTC, datetime

import pytest

from common import tenancy
from identity.models import Organization
from pricing import services
from tests.pricing.cards import component

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def provider(db):
    tenancy.enter(tenancy.PLATFORM)
    return Organization.objects.create(uscc="91620000MA00000001", name="陇东算力")


@pytest.fixture
def buyer(db):
    tenancy.enter(tenancy.PLATFORM)
    return Organization.objects.create(uscc="91310000MA00000002", name="海潮智能")


@pytest.fixture
def plan(provider):
    return services.create_plan(
        provider_id=provider.pk, code="ascend-standard", name="昇腾标准价", now=NOW
    )


@pytest.fixture
def version(plan):
    return services.publish_version(
        provider_id=plan.provider_id,
        plan_id=plan.pk,
        components=[component(("0", "3.18"), ("1000", "2.95"))],
        now=NOW,
    )
