"""Lists that are empty in the sample ask the database as often with several rows as with one."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock, tenancy
from gateway.sensing.models import ProbedEndpoint
from identity import services as identity
from identity.contracts import Role
from identity.models import Organization
from marketplace.drivers.models import OrderTemplate
from pricing import services as pricing
from pricing.group_contracts import PriceGroup
from tests import cast
from tests.identity import foreign

pytestmark = pytest.mark.django_db


def a_probe(owner: Organization) -> None:
    ProbedEndpoint.objects.create(
        resource=cast.resource(owner), provider=owner, url=f"https://example.com/{uuid4()}"
    )


def a_pool(owner: Organization) -> None:
    identity.allot_pool(organization_id=owner.pk, name="East", resources_max=9, now=clock.now())


def a_partner(owner: Organization) -> None:
    pricing.enter_price_group(
        provider_id=owner.pk,
        uscc=cast.organization().uscc,
        group=PriceGroup.PARTNER,
        reason="a partner",
        now=clock.now(),
    )


def a_template(owner: Organization) -> None:
    OrderTemplate.objects.create(
        organization=owner,
        name=str(uuid4()),
        content={"units_milli": 1000, "seconds": 3600},
        made_by=cast.member(owner, Role.BUYER),
        made_at=clock.now(),
    )


LISTS: list[tuple[str, Callable[[Organization], object], Role]] = [
    ("/deliveries/probes/", a_probe, Role.PROVIDER),
    ("/api/v1/probes", a_probe, Role.PROVIDER),
    ("/supply/resources/", cast.resource, Role.PROVIDER),
    ("/api/v1/resources", cast.resource, Role.PROVIDER),
    ("/register/grants/", a_pool, Role.PROVIDER),
    ("/api/v1/identifier-grants", a_pool, Role.PROVIDER),
    (
        "/register/pool-requests/",
        lambda _owner: foreign.a_pool_request(cast.organization()),
        Role.OPERATOR,
    ),
    (
        "/api/v1/identifier-pool-requests",
        lambda _owner: foreign.a_pool_request(cast.organization()),
        Role.OPERATOR,
    ),
    ("/supply/moves/", foreign.a_move, Role.PROVIDER),
    ("/api/gateway/v1/moves", foreign.a_move, Role.PROVIDER),
    ("/api/gateway/v1/moves/expected", foreign.an_expected_move, Role.PROVIDER),
    ("/supply/price-groups/", a_partner, Role.PROVIDER),
    ("/api/v1/price-groups", a_partner, Role.PROVIDER),
    ("/order-templates/", a_template, Role.BUYER),
    ("/api/v1/order-templates", a_template, Role.BUYER),
]


@pytest.mark.parametrize(("address", "add", "role"), LISTS, ids=[each[0] for each in LISTS])
def test_a_list_asks_as_often_for_three_rows_as_for_one(address, add, role):
    owner = cast.organization()
    browser = cast.signed_in(cast.member(owner, role))
    counts = []
    for more in (1, 2):
        with tenancy.acting_as_platform():
            for _each in range(more):
                add(owner)
        browser.get(address)  # Whatever is read once a process.
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))

    assert counts[1] <= counts[0]
