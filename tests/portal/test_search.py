"""The box in the head leads to whatever a number names, and to nothing of someone else's."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.vouchers.models import Voucher
from tests import cast
from tests.catalog import supply
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


def found(client, text: str) -> str:
    """Return where the box leads."""
    response = client.get(reverse("portal:search"), {"q": text})
    assert response.status_code == 302
    return response["Location"]


def market(text: str) -> str:
    return f"{reverse('portal:market')}?{urlencode({'q': text})}"


@pytest.fixture
def reader():
    return cast.signed_in(cast.member(cast.organization("Reader"), Role.BUYER))


def test_a_listing_is_found_by_its_number_and_its_compute_identifier(reader):
    listing = supply.listed()
    listing.refresh_from_db()
    page = reverse("portal:listing", args=[listing.pk])

    assert found(reader, listing.number) == page
    assert found(reader, f" {listing.number.lower()} ") == page
    assert found(reader, listing.resource.identifier.lower()) == page
    assert found(reader, "L-999999") == market("L-999999")


def test_a_code_that_nobody_offers_leads_to_its_passport_and_an_offer_links_to_its_own(reader):
    code = cast.resource(cast.organization("Quiet")).identifier
    listing = supply.listed()

    assert found(reader, code) == f"/r/{code}/"
    assert found(reader, f"{code}X") == market(f"{code}X")
    assert f'data-address="/r/{code}/"' in reader.get(reverse("portal:palette"), {"q": code}).text
    page = reader.get(reverse("portal:listing", args=[listing.pk])).text
    assert f'href="/r/{listing.resource.identifier}/"' in page


@pytest.mark.parametrize("place", ["Zhongwei", "ningxia", "中卫", "ningxia zhong"])
def test_the_market_is_searched_by_place_in_both_languages(reader, place):
    listing = supply.listed(region="640500")
    supply.listed(region="520100")

    assert found(reader, place) == reverse("portal:listing", args=[listing.pk])


def test_an_order_its_contract_and_its_trade_lead_those_who_take_part_to_the_order(reader):
    traded = Market()
    order = traded.order()
    traded.use(order, "1")
    traded.settle()
    with tenancy.acting_as_platform():
        (record,) = traded.records(order)
    buyer = cast.signed_in(cast.member(traded.buyer, Role.BUYER))
    finance = cast.signed_in(cast.member(cast.organization("Platform"), Role.FINANCE))

    for number in (order.number, record.number, record.contract_number):
        assert found(buyer, number) == reverse("portal:order", args=[order.pk])
        assert found(finance, number) == reverse("portal:order", args=[order.pk])
        assert found(reader, number) == market(number)


def test_a_voucher_is_found_by_its_holder_alone(reader):
    traded = Market()
    traded.voucher("5000.00", share="0.30")
    with tenancy.acting_as_platform():
        number = Voucher.objects.get().number
    holder = cast.signed_in(cast.member(traded.buyer, Role.BUYER))

    assert found(holder, number) == f"{reverse('portal:vouchers')}#{number}"
    assert found(reader, number) == market(number)
