"""Who trades with itself, with its relatives, or with firms that one person runs."""

from datetime import date

import pytest

from common import tenancy
from identity import services as identity
from identity.contracts import Relation, Role, TieKind
from marketplace import accounts
from marketplace.bulletin import rules as bulletin
from marketplace.bulletin.contracts import Exclusion
from marketplace.bulletin.contracts import IndexedTrade as Indexed
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import OwnListing
from marketplace.orders import selectors
from marketplace.orders.contracts import OrderState
from tests.cast import member, organization
from tests.catalog.supply import listed
from tests.orders.cast import (
    NOW,
    buyer,
    clear,
    deposit,
    left,
    needs,
    place,
    programme,
    seen,
    voucher,
    wish,
)
from tests.settlement.cast import Market
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db


def fund(provider):
    """Let a provider be a buyer, too."""
    accounts.install_chart()
    deposit(provider, "100")


def same_person(one, other):
    """Let one person be a member of both."""
    person = member(one, Role.BUYER)
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=other.pk, user_id=person.pk, role=Role.PROVIDER)


def common_parent(one, other):
    parent, operator = organization("Parent"), member(organization("Platform"), Role.OPERATOR)
    for child in (one, other):
        identity.record_tie(
            holder_id=parent.pk,
            held_id=child.pk,
            kind=TieKind.CONTROL,
            valid_from=date(2020, 1, 1),
            source="register",
            recorded_by_id=operator.pk,
            now=NOW,
        )


MAKES = {Relation.SAME_PERSON: same_person, Relation.RELATED: common_parent}


def test_nobody_orders_its_own_listing():
    listing = listed()
    fund(listing.provider)

    with pytest.raises(OwnListing):
        place(listing.provider, wish(listing))
    with tenancy.acting_as(listing.provider_id), pytest.raises(OwnListing):
        catalog.quote_listing(
            buyer_id=listing.provider_id,
            listing_id=listing.pk,
            milli=1000,
            period=wish(listing).period,
            now=NOW,
        )


def test_a_requirement_never_takes_ones_own_listing():
    own, other = listed(price="1"), listed(price="9")
    fund(own.provider)
    order = place(own.provider, needs(hub=own.hub))
    stranger = place(buyer("100"), needs(hub=own.hub))

    clear(own)

    assert seen(order).listing_id == other.pk
    assert seen(stranger).listing_id == own.pk
    with tenancy.acting_as_platform():
        assert selectors.replay(number=seen(order).round.number).is_right


def test_a_requirement_that_only_ones_own_could_serve_is_refused():
    own = listed()
    fund(own.provider)
    order = place(own.provider, needs(hub=own.hub))

    clear(own)

    assert (seen(order).state, seen(order).refusal_code) == (OrderState.REJECTED, "own_listing")


@pytest.mark.parametrize("relation", MAKES)
@pytest.mark.parametrize("named", [True, False], ids=["named", "required"])
def test_a_trade_of_related_parties_is_flagged(relation, named):
    listing = listed()
    haichao = buyer("100")
    MAKES[relation](haichao, listing.provider)
    order = place(haichao, wish(listing) if named else needs(hub=listing.hub))
    stranger = place(buyer("100"), wish(listing))

    clear(listing)

    assert (seen(order).state, seen(order).relation) == (OrderState.CLEARED, relation)
    assert seen(stranger).relation == ""


@pytest.mark.parametrize("relation", MAKES)
def test_the_market_may_refuse_such_trades(relation, settings):
    settings.ORDERS_REFUSED_RELATIONS = [str(relation)]
    listing = listed()
    haichao = buyer("100")
    MAKES[relation](haichao, listing.provider)
    orders = [place(haichao, wish(listing)), place(haichao, needs(hub=listing.hub))]

    clear(listing)

    assert [seen(order).refusal_code for order in orders] == ["related_party"] * 2


@pytest.mark.parametrize("relation", MAKES)
def test_a_voucher_pays_no_related_provider(relation):
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())
    MAKES[relation](haichao, listing.provider)
    insisting = place(haichao, wish(listing, voucher_ids=(card.pk,)))
    lenient = place(haichao, wish(listing))

    clear(listing)

    assert seen(insisting).refusal_code == "voucher_refused"
    assert (seen(lenient).state, seen(lenient).voucher_minor) == (OrderState.CLEARED, 0)
    assert left(card) == (yuan("50"), yuan("50"))


def test_the_flag_stays_as_it_was_when_the_order_cleared():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)

    common_parent(haichao, listing.provider)

    assert seen(order).relation == ""
    with tenancy.acting_as_platform():
        assert selectors.replay(number=seen(order).round.number).is_right


def test_contract_and_trade_record_carry_the_flag():
    market = Market()
    common_parent(market.buyer, market.provider)
    order = market.order(hours=1)
    market.use(order, "1")
    market.settle()

    contract = market.contract(order)
    with tenancy.acting_as_platform():
        (record,) = contract.trade_records.all()

    assert seen(order).relation == contract.relation == record.relation == "RELATED"


def test_the_index_leaves_such_trades_out():
    trade = Indexed("AI", "a", False, 1, 100, "hash", relation="SAME_PERSON")

    assert bulletin.why_excluded(trade) == Exclusion.RELATED_PARTIES
