"""An order that its buyer's caps would stop for sure is refused when it enters, and says why."""

import json
from uuid import uuid4

import pytest

from common import moments, tenancy
from identity.contracts import Role
from marketplace.budgets.contracts import BudgetExceeded, CapPeriod
from marketplace.portal.round_form import LOCAL
from marketplace.rounds import selectors
from marketplace.rounds.contracts import RoundCannotWait
from tests import cast
from tests.budgets.cast import cap
from tests.catalog import supply
from tests.orders.cast import buyer, programme, voucher
from tests.rounds.cast import (
    CLOSED,
    FROM,
    amend,
    asks,
    decided,
    entered,
    option,
    orders_of,
    place,
    raised,
    scheduled,
    seen,
)

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def row():
    supply.listed(cards=8, price="2.00")  # fen by the standard hour: 200
    return scheduled()


@pytest.fixture
def acme():
    return buyer("10000")


def least(row, buyer_id, wanted):
    with tenancy.acting_as_platform():
        within = selectors.terms_of_round(row)
        return selectors.least_cash_minor(wanted, within, buyer_id=buyer_id, at=FROM)


def test_what_costs_more_than_a_cap_leaves_at_the_lowest_ask_is_refused_at_the_quantity(row, acme):
    cap(acme, "10")
    wanted = asks(400, option(cards=4, hours=24))

    with pytest.raises(BudgetExceeded) as refused:
        place(row, acme, wanted)

    assert (refused.value.code, refused.value.field) == ("budget_exceeded", "units_milli")
    assert refused.value.facts["left_minor"] == 1000
    assert refused.value.facts["needed_minor"] == least(row, acme.pk, wanted) > 1000


def test_what_fits_to_the_fen_enters_and_is_carried_out(row, acme):
    wanted = asks(200, option(cards=1, hours=2))
    needed = least(row, acme.pk, wanted)
    cap(acme, f"{(needed - 1) / 100:.2f}")
    with pytest.raises(BudgetExceeded):
        place(row, acme, wanted)
    cap(acme, f"{(needed + 1) / 100:.2f}")

    order = place(row, acme, wanted)
    decided(row)

    assert seen(order).why == "filled"
    assert needed <= orders_of(order)[0].cash_minor <= needed + 1


def test_the_smallest_of_its_alternatives_decides(row, acme):
    cap(acme, "20")
    whole, small = option(cards=8, hours=24), option(cards=1, hours=1)

    with pytest.raises(BudgetExceeded):
        place(row, acme, asks(400, whole))

    place(row, acme, asks(400, whole, small))
    place(row, acme, asks(400, option(cards=8, hours=1, least=1)))


def test_vouchers_count_with_all_they_have_and_only_where_they_may_pay(row, acme):
    voucher(acme, "5000", programme())
    cap(acme, "10")
    wanted = option(cards=4, hours=24)

    place(row, acme, asks(400, wanted))

    with pytest.raises(BudgetExceeded):
        place(row, acme, asks(400, wanted, use_vouchers=False))


def test_a_limit_that_reaches_no_ask_costs_nobody_anything_yet(row, acme):
    cap(acme, "1")

    place(row, acme, asks(150, option(cards=8, hours=24)))


def test_a_cap_of_a_member_bounds_that_member(row, acme):
    ada, ben = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    cap(acme, "10", person_id=ada.pk, period=CapPeriod.ORDER)
    wanted = asks(400, option(cards=4, hours=24))

    with pytest.raises(BudgetExceeded):
        place(row, acme, wanted, by=ada.pk)

    place(row, acme, wanted, by=ben.pk)


def test_an_order_is_not_changed_or_raised_beyond_a_cap(row, acme):
    order = place(row, acme, asks(150, option(cards=4, hours=24)))
    cap(acme, "10")

    with pytest.raises(BudgetExceeded):
        amend(order, asks(400, option(cards=4, hours=24)))
    with pytest.raises(BudgetExceeded):
        amend(order, raised(asks(150, option(cards=4, hours=24)), 400), at=CLOSED)

    assert seen(order).limit_minor == 150


def test_where_a_second_person_agrees_a_round_is_no_place_to_order(row, acme):
    cap(acme, "10000", approve_from_minor=100)

    with pytest.raises(RoundCannotWait) as refused:
        place(row, acme, asks(400, option(cards=1, hours=1)))

    assert refused.value.code == "order_approval_required"


def test_page_and_api_say_it_beside_the_quantity_and_lose_nothing(acme):
    supply.listed(cards=8, price="2.00")
    row = entered(buyer("10000")).round
    cap(acme, "10")
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    typed = {
        "key": str(uuid4()),
        "units": "4",
        "hours": "20",
        "starts_at": row.delivers_from.astimezone(moments.market_zone()).strftime(LOCAL),
        "limit": "4.00",
    }

    page = browser.post(f"/rounds/{row.pk}/enter/", typed, headers=ENGLISH)

    assert page.status_code == 422
    assert "leaves 10.00 CNY; this order needs" in page.text
    assert page.context["form"].errors.get_json_data()["units"][0]["code"] == "budget_exceeded"
    assert 'value="4.00"' in page.text
    option = {"units_milli": 4000, "hours": 20, "starts_at": row.delivers_from.isoformat()}
    told = browser.post(
        f"/api/v1/call-rounds/{row.pk}/orders",
        json.dumps({"limit_minor": 400, "options": [option]}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (told.status_code, told.json()["code"]) == (409, "budget_exceeded")
    assert told.json()["left_minor"] == 1000
