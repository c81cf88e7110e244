"""Orders that are placed together: all or none, each key once, and nothing of one's own."""

from uuid import uuid4

import pytest

from common import tenancy
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import OwnListing
from marketplace.catalog.least import ANY, Least, TooLittle
from marketplace.orders import services
from marketplace.orders.contracts import ImportNotFound, InvalidOrder, OrderNotFound
from marketplace.orders.models import Order
from tests.cast import NOW
from tests.catalog.supply import listed
from tests.factories import BuyerFactory, OrderFactory
from tests.orders.cast import START, needs, wish

pytestmark = pytest.mark.django_db


def place(buyer, *wishes):
    with tenancy.acting_as(buyer.pk):
        return services.place_orders(buyer_id=buyer.pk, wishes=wishes, placed_at=NOW)


def quoted(listing, buyer):
    with tenancy.acting_as(buyer.pk):
        return catalog.quote_listing(
            buyer_id=buyer.pk,
            listing_id=listing.pk,
            milli=1_000,
            period=wish(listing).period,
            now=NOW,
        )


def count() -> int:
    with tenancy.acting_as_platform():
        return Order.objects.count()


def test_orders_for_one_requirement_share_its_book():
    book = listed().book
    buyer = BuyerFactory(cash="1000")

    placed = place(buyer, *(needs("NVIDIA H100 SXM", hub=book.hub) for _ in range(3)))

    assert {order.book_id for order in placed} == {book.pk}
    assert len({order.number for order in placed}) == 3


@pytest.mark.parametrize("case", ["none", "one key twice", "too many"])
def test_none_two_of_a_key_and_too_many_are_refused(case, monkeypatch):
    from marketplace.orders.services import placing

    monkeypatch.setattr(placing, "ORDERS_MAX", 2)
    listing, buyer = listed(), BuyerFactory(cash="1000")
    wishes = {
        "none": [],
        "one key twice": [wish(listing, key="k"), wish(listing, key="k", hours=2)],
        "too many": [wish(listing) for _ in range(3)],
    }[case]

    with pytest.raises(InvalidOrder) as refused:
        place(buyer, *wishes)

    assert (refused.value.field, count()) == ("key", 0)


def test_one_that_is_refused_takes_the_others_with_it():
    listing, buyer = listed(cards=8), BuyerFactory(cash="1000")

    with pytest.raises(InvalidOrder):
        place(buyer, wish(listing), wish(listing, cards="0"))

    assert count() == 0


def test_a_retry_of_some_places_the_others_and_prices_nothing_again():
    listing, buyer = listed(price="3.18"), BuyerFactory(cash="1000")
    (first,) = place(buyer, wish(listing, key="a"))

    again, second = place(buyer, wish(listing, key="a"), wish(listing, key="b"))

    assert (again.pk, again.quote_id) == (first.pk, first.quote_id)
    assert (second.number != first.number, count()) == (True, 2)


def test_nobody_orders_from_oneself_by_a_quote_either():
    listing, buyer = listed(), BuyerFactory(cash="1000")
    quote = quoted(listing, buyer)

    with pytest.raises(OwnListing):
        place(listing.provider, wish(listing))
    assert place(buyer, wish(listing, quote_id=quote.pk))[0].quote_id == quote.pk


def test_a_least_that_was_said_after_the_quote_holds():
    listing, buyer = listed(), BuyerFactory(cash="1000")
    quote = quoted(listing, buyer)
    facts = {name: getattr(ANY, name) for name in Least.__dataclass_fields__}
    with tenancy.acting_as_platform():
        catalog.change_least(
            listing_id=listing.pk,
            provider_id=listing.provider_id,
            least=Least(**(facts | {"least_minor": quote.gross_minor + 1})),
        )

    with pytest.raises(TooLittle):
        place(buyer, wish(listing, quote_id=quote.pk))

    assert count() == 0


def test_only_an_order_that_waits_for_a_check_is_tried_again():
    order = OrderFactory(starts_at=START)

    for order_id in (order.pk, uuid4()):
        with pytest.raises(OrderNotFound):
            services.retry_order(order_id=order_id)


def test_an_import_that_there_is_none_of_is_not_abandoned():
    with pytest.raises(ImportNotFound):
        services.abandon_import(run_id=uuid4(), now=NOW)
