"""What a buyer holds keeps to the caps of its organisation, project and member."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from common import doing, tenancy
from common.errors import Refusal
from identity.contracts import Role
from marketplace.budgets import services
from marketplace.budgets.contracts import (
    BudgetExceeded,
    BudgetKeeperRequired,
    CapBelowUse,
    CapPeriod,
    CapWish,
    InvalidCap,
)
from marketplace.budgets.models import CapUse
from marketplace.orders import services as orders_services
from tests import cast, factories
from tests.budgets import cast as budgets
from tests.orders.cast import NOW, buyer, clear, place, programme, seen, voucher, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return buyer("10000")


@pytest.fixture
def listing():
    return factories.ListingFactory()


def test_an_order_without_caps_asks_nothing_more(acme, listing):
    order = place(acme, wish(listing))
    clear(listing)

    assert seen(order).state == "CLEARED"
    assert budgets.taken(order.pk) == 0


def test_a_cleared_order_takes_its_cash_and_a_cancelled_one_gives_it_back(acme, listing):
    cap = budgets.cap(acme, "1000")
    order = place(acme, wish(listing, cards="2"))
    clear(listing)
    held = seen(order).cash_minor
    assert budgets.used(cap) == held > 0

    with tenancy.acting_as(acme.pk):
        orders_services.cancel_order(order_id=order.pk, buyer_id=acme.pk, now=NOW)

    assert budgets.used(cap) == 0


def test_an_order_beyond_a_cap_is_refused_by_the_name_of_the_cap_and_what_it_leaves(acme, listing):
    budgets.cap(acme, "10")

    with pytest.raises(BudgetExceeded) as refused:
        place(acme, wish(listing, use_vouchers=False))

    assert refused.value.code == "budget_exceeded"
    assert refused.value.facts["left_minor"] == 1000
    assert "10.00" in str(refused.value)


def test_a_cap_stops_at_clearing_what_vouchers_did_not_pay(acme, listing):
    voucher(acme, "1", programme())
    cap = budgets.cap(acme, "5")
    order = place(acme, wish(listing))
    clear(listing)

    assert (seen(order).state, seen(order).refusal_code) == ("REJECTED", "budget_exceeded")
    assert budgets.used(cap) == 0


def test_what_the_ledger_refuses_gives_its_room_back(listing):
    poor = buyer("1")
    cap = budgets.cap(poor, "1000")
    place(poor, wish(listing))
    clear(listing)

    assert budgets.used(cap) == 0


def test_each_cap_bounds_whom_it_names(acme, listing):
    one, other = budgets.project(acme, "ONE"), budgets.project(acme, "TWO")
    of_one = budgets.cap(acme, "10", project_id=one.pk)
    ada, bob = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    of_ada = budgets.cap(acme, "10", person_id=ada.pk, by=bob)

    refused = []
    for wanted in (
        wish(listing, use_vouchers=False, project_id=one.pk, person_id=bob.pk),
        wish(listing, use_vouchers=False, project_id=other.pk, person_id=ada.pk),
        wish(listing, use_vouchers=False, project_id=other.pk, person_id=bob.pk),
    ):
        try:
            place(acme, wanted)
        except Refusal as refusal:
            refused.append(refusal.facts["cap_id"])

    assert refused == [str(of_one.pk), str(of_ada.pk)]


def test_who_acts_is_who_is_bounded(acme, listing):
    ada = cast.member(acme, Role.BUYER)
    budgets.cap(acme, "10", person_id=ada.pk)

    with doing.by(doing.Doer(person_id=ada.pk)), pytest.raises(BudgetExceeded):
        place(acme, wish(listing, use_vouchers=False))


def test_a_new_period_begins_anew(acme):
    cap = budgets.cap(acme, "100")
    for at, stopped in ((NOW, 0), (NOW, 1), (NOW + timedelta(days=31), 0)):
        with tenancy.acting_as_platform():
            wanted = CapWish(uuid4(), acme.pk, None, None, 6000)
            assert len(services.take([wanted], at=at)) == stopped
    with tenancy.acting_as_platform():
        assert CapUse.objects.filter(cap=cap).count() == 2


def test_taking_twice_for_an_order_counts_once(acme):
    cap = budgets.cap(acme, "100", period=CapPeriod.TOTAL)
    wanted = CapWish(uuid4(), acme.pk, None, None, 6000)
    with tenancy.acting_as_platform():
        assert services.take([wanted], at=NOW) == services.take([wanted], at=NOW) == []

    assert budgets.used(cap) == 6000


def test_a_cap_is_no_lower_than_its_use(acme, listing):
    place(acme, wish(listing))
    cap = budgets.cap(acme, "1000")
    clear(listing)

    with pytest.raises(CapBelowUse) as refused:
        budgets.cap(acme, "0.01")

    assert refused.value.facts["used_minor"] == budgets.used(cap)


def test_who_has_a_limit_sets_none_and_one_buyer_stays_without(acme):
    ada, bob = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    budgets.cap(acme, "10", person_id=ada.pk, by=bob)

    with pytest.raises(BudgetKeeperRequired):
        budgets.cap(acme, "1000", person_id=ada.pk, by=ada)
    with pytest.raises(InvalidCap) as refused:
        budgets.cap(acme, "10", person_id=bob.pk, by=bob)
    assert refused.value.field == "person_id"


def test_the_database_lets_no_use_pass_its_cap(acme):
    cap = budgets.cap(acme, "1")
    with tenancy.acting_as_platform():
        services.take([CapWish(uuid4(), acme.pk, None, None, 100)], at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE budgets_capuse SET used_minor = 101 WHERE cap_id = %s", [cap.pk])
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE budgets_captake SET amount_minor = 1")


def test_an_order_names_a_project_of_its_buyer_alone(acme, listing):
    theirs = budgets.project(buyer("1"), "THEIRS")

    with pytest.raises(Refusal) as refused:
        place(acme, wish(listing, project_id=theirs.pk))

    assert (refused.value.code, refused.value.field) == ("not_found", "project_id")


def test_people_are_told_of_each_step_once_and_of_what_is_foreseen(acme):
    budgets.cap(acme, "100")
    told = []
    for minor in (4000, 1000, 3000, 2000):
        with tenancy.acting_as_platform():
            services.take([CapWish(uuid4(), acme.pk, None, None, minor)], at=NOW)
        told.append((services.tell_of_use(now=NOW), services.tell_of_use(now=NOW)))

    assert [second for _first, second in told] == [0, 0, 0, 0]
    assert sum(first for first, _second in told) in (3, 4)  # 50, 80, 100, and perhaps a forecast
