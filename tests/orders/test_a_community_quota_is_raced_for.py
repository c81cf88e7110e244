"""Real threads: a quota of community capacity is never overrun; and another version of its rule."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, connections

from common import tenancy
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import DonorByRule
from marketplace.orders.community_contracts import CommunityNotForYou, CommunityQuotaUsed
from marketplace.orders.models import Order
from marketplace.orders.services import donated
from tests import databases
from tests.orders.cast import buyer, place, wish
from tests.orders.test_community_capacity import given


def test_a_rule_for_some_industries_is_kept_to(fresh_database):
    with databases.admin(connection.settings_dict["NAME"]) as owner:
        owner.execute(
            "INSERT INTO catalog_communityrule VALUES"
            " (2, '2026-01-02+08', 'Asia/Shanghai', '{M73}', 10, 10, 10, 'NAMED')"
        )
    listing, asker = given(), buyer("0")
    assert (listing.community_rule_id, listing.is_donor_named) == (2, True)

    with pytest.raises(CommunityNotForYou, match="M73"):
        place(asker, wish(listing))
    with pytest.raises(DonorByRule), tenancy.acting_as(listing.provider_id):
        catalog.name_donor(listing_id=listing.pk, provider_id=listing.provider_id, is_named=False)


def race(owner, listing):
    """Let eight order 50 card-hours of a quota of 200 at once; return what came of it."""
    start = Barrier(8)

    def order(_number):
        start.wait()
        try:
            place(owner, wish(listing, cards="1", hours=50))
        except (CommunityQuotaUsed, DatabaseError) as error:
            return type(error)
        finally:
            connections.close_all()
        return Order

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(order, range(8)))


def test_of_eight_at_once_as_many_are_taken_as_fit(fresh_database):
    answers = race(buyer("0"), given())

    assert (answers.count(Order), answers.count(CommunityQuotaUsed)) == (4, 4)


def test_without_the_lock_and_the_trigger_the_quota_is_overrun(fresh_database, monkeypatch):
    """The negative control: the service alone reads what others are about to take."""
    with databases.admin(connection.settings_dict["NAME"]) as owner:
        owner.execute("DROP TRIGGER order_keeps_to_its_quota ON orders_order")
        owner.execute(
            "CREATE OR REPLACE FUNCTION orders_community_used(member uuid, in_month date,"
            " counted_in text) RETURNS numeric"
            " LANGUAGE sql AS $$ SELECT coalesce(sum(units_milli"
            " * extract(epoch FROM ends_at - starts_at)), 0) FROM orders_order"
            " WHERE community_month = in_month AND buyer_id = member $$"
        )
    read, everyone = donated.refused_community, Barrier(8)

    def reads_before_any_writes(*rows, **facts):
        found = read(*rows, **facts)
        everyone.wait(timeout=20)
        return found

    monkeypatch.setattr(donated, "refused_community", reads_before_any_writes)

    assert race(buyer("0"), given()).count(Order) == 8
