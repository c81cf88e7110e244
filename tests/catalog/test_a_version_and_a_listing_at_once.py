"""A listing that opens while a version without a document is published: one of both is refused."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from common import clock, tenancy
from marketplace.catalog import services
from marketplace.catalog.models import Listing
from pricing import services as pricing
from pricing.basis import BasisDemanded
from pricing.models import RatePlanVersion
from tests import cast, factories
from tests.catalog import supply

pytestmark = pytest.mark.slow
DECREE = {"source": "捐赠协议 9", "clause": "第一条"}
FREE = [
    {"code": "usage", "unit": "unit_hour", "tiers": [{"from": "0", "unit_price": "0"}]},
]
TIMES = 8


def raced(provider, plan_id, offer):
    """Open a gift and publish a version that names nothing, at once; return what was refused."""
    start, refused = Barrier(2), []

    def act(work):
        try:
            with tenancy.acting_as(provider.pk):
                start.wait()
                work()
        except BasisDemanded as refusal:
            refused.append(refusal.field)
        finally:
            connections.close_all()

    def publish():
        pricing.publish_version(
            provider_id=provider.pk, plan_id=plan_id, components=FREE, now=clock.now()
        )

    def list_it():
        services.open_listing(provider_id=provider.pk, offer=offer, now=clock.now())

    threads = [Thread(target=act, args=(work,)) for work in (publish, list_it)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return refused


def test_never_does_a_gift_stand_under_a_plan_that_goes_on_without_a_document(fresh_database):
    found = []
    for _each in range(TIMES):
        with tenancy.acting_as_platform():
            provider = cast.organization()
            version = factories.RatePlanVersionFactory(
                provider=provider, price="0", unit="unit_hour", component="usage", basis=DECREE
            )
            pool = cast.resource(provider, chip="H100", cards=8)
            offer = supply.offer(pool.pk, version.id, is_community=True)
        refused = raced(provider, version.plan_id, offer)
        with tenancy.acting_as_platform():
            listed = Listing.objects.filter(provider=provider).count()
            bare = RatePlanVersion.objects.filter(plan_id=version.plan_id, source="").count()
        found.append((len(refused), listed + bare))
    assert set(found) == {(1, 1)}
