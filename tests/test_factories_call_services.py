"""What factories make is what the market would have made: by its services, whole, and distinct."""

import pytest

from common import seals, tenancy
from identity.contracts import Role
from ledger import selectors as ledger
from marketplace import accounts
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory", [made for made in vars(factories).values() if hasattr(made, "_meta")]
)
def test_each_makes_two_with_nothing_said(factory):
    if factory._meta.abstract:
        return
    first, second = factory(), factory()

    assert isinstance(first, factory._meta.model)
    assert first != second


def test_traits_and_parts_are_named_in_the_call():
    listing = factories.VcpuListingFactory(resource__cards=32, version__price="0.25")

    with tenancy.acting_as_platform():
        assert listing.total_milli == 32_000
        assert listing.resource.specification["vcpu"] == 32
        assert listing.resource.provider_id == listing.provider_id


def test_a_buyer_has_the_cash_that_the_test_names():
    buyer = factories.BuyerFactory(cash="12.34")

    with tenancy.acting_as_platform():
        code = accounts.buyer_cash(buyer.pk)
        assert ledger.balances([code])[code].available == 1234


def test_a_large_deposit_is_confirmed_by_a_second_person():
    deposit = factories.DepositFactory(amount="2000000")

    assert deposit.amount_minor == 200_000_000


def test_a_cleared_order_was_cleared():
    order = factories.OrderFactory(cleared=True, cards="2", hours=3)

    assert order.state == "CLEARED"
    assert order.units_milli == 2_000


def test_a_person_of_the_platform_has_a_second_factor():
    desk = factories.OrganizationFactory(stem="Desk")

    person = factories.PersonFactory(organization=desk, roles=(Role.OPERATOR,))

    with seals.signing_in():
        assert person.authenticator_set.count() == 1
    assert factories.PersonFactory().memberships.count() == 0
