"""A round ends in one price, real orders and contracts to be, and a reason for each order."""

import pytest

from common import tenancy
from common.canonical import content_hash
from identity.contracts import Role
from ledger import documents as ledger_documents
from marketplace.orders import selectors as orders_selectors
from marketplace.rounds import selectors
from marketplace.rounds.verify_round import check
from pricing.models import RatePlanVersion
from tests import cast
from tests.budgets.cast import cap, used
from tests.catalog import supply
from tests.orders.cast import buyer, cash, held_capacity
from tests.rounds.cast import asks, decided, option, orders_of, place, scheduled, seen

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def test_everybody_pays_the_price_at_which_demand_meets_supply():
    supply.listed(cards=8, price="2.00", region="640500")
    supply.listed(cards=8, price="4.00", region="640500")
    row = scheduled()
    rich, poor = buyer("10000", "Rich"), buyer("10000", "Poor")
    first = place(row, rich, asks(500, option(cards=8, hours=24, least=1)))
    second = place(row, poor, asks(300, option(cards=8, hours=24, least=1)))

    over = decided(row)

    assert (over.state, over.price_minor, over.filled_count) == ("PUBLISHED", 300, 1)
    (order,) = orders_of(first)
    assert order.state == "CLEARED"
    assert order.gross_minor == round(order.standard_hours * 300)
    assert cash(rich)[1] == 1_000_000 - order.gross_minor
    assert held_capacity(order.pk) == 1
    assert (seen(first).why, seen(second).why) == ("filled", "no_room_at_price")
    assert check(selectors.result(row.pk).document).is_right
    (sealed,) = ledger_documents.documents_named("rounds.seal", [row.number])
    told = {name: getattr(over, name) for name in ("number", "seed_hash", "order_root")}
    assert sealed.sha256 == content_hash(told | {"input_hash": over.input_hash})
    with tenancy.acting_as_platform():
        assert orders_selectors.replay(number=order.round.number).is_right


def test_what_a_round_decides_counts_against_the_caps_of_its_buyer():
    supply.listed(cards=8, price="2.00")
    row, acme = scheduled(), buyer("10000")
    person = cast.member(acme, Role.BUYER)
    own = cap(acme, "1000", person_id=person.pk)
    first = place(row, acme, asks(400, option(cards=1, hours=2)), by=person.pk)
    second = place(row, acme, asks(300, option(cards=4, hours=24)), by=person.pk)
    whole = cap(acme, "40")  # Once both had entered.

    decided(row)

    (order,) = orders_of(first)
    assert seen(first).why == "filled"
    assert used(whole) == used(own) == order.gross_minor
    assert (seen(second).state, seen(second).why) == ("UNFILLED", "budget_exceeded")
    document = selectors.result(row.pk).document
    assert document["late"] == {str(second.tag): "budget_exceeded"}
    assert check(document).is_right


def test_the_price_of_a_round_is_no_plan_of_the_providers_own():
    provider = cast.organization("Provider")
    listing = supply.listed(provider, cards=8, price="2.00")
    row = scheduled()
    order = place(row, buyer("10000"), asks(400, option(cards=1, hours=2)))
    decided(row)
    browser = cast.signed_in(cast.member(provider, Role.PROVIDER))

    listed = browser.get("/supply/plans/", headers=ENGLISH).text
    (sold,) = orders_of(order)
    with tenancy.acting_as_platform():
        plan_id = RatePlanVersion.objects.get(pk=sold.plan_version_id).plan_id
    page = browser.get(f"/supply/plans/{plan_id}/", headers=ENGLISH).text

    assert str(listing.plan_version.plan_id) in listed
    assert str(plan_id) not in listed
    assert "Price of a call round" in page
    assert "Publish new prices" not in page
