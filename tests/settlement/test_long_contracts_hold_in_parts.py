"""Long contracts hold their cash for one period at a time, and end where nothing is held."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from identity.contracts import Role
from identity.events.models import RecordedEvent
from ledger import services as ledger
from ledger.contracts import Op, Transfer
from marketplace import accounts
from marketplace.budgets import selectors as selectors_of_caps
from marketplace.catalog.models import CapacitySlot
from marketplace.orders import instalment_1, instalments
from marketplace.orders import services as orders
from marketplace.orders.terms import InstalmentRule
from marketplace.settlement import rules, services
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    ChargeTally,
    Funds,
    InstalmentRefused,
    NothingToHold,
)
from marketplace.settlement.models import ContractFunds, ContractInstalment, EarlyEnd
from tests import cast as people
from tests.budgets import cast as budgets
from tests.instant import at_once
from tests.orders.cast import deposit
from tests.settlement.cast import HOUR, NOON, OPENED, Market, balance, is_balanced

ZONE = "Asia/Shanghai"
DAY = timedelta(days=1)
MIN = timedelta(minutes=1)
DECEMBER, JANUARY, FEBRUARY = (
    datetime(2026, 11, 30, 16, tzinfo=UTC),
    datetime(2026, 12, 31, 16, tzinfo=UTC),
    datetime(2027, 1, 31, 16, tzinfo=UTC),
)
LEAD = 4 * DAY
DAYS_100 = 2400  # hours, at 12 yuan: 28,800 yuan
FIRST = 2_928_00  # 10 days and 4 hours of 100 days
SECOND = 8_928_00


def running(market, **wish):
    order = market.order(hours=DAYS_100, **wish)
    services.open_contracts(now=NOON)
    return order


def parts(market, order):
    with tenancy.acting_as_platform():
        found = ContractInstalment.objects.filter(contract__order=order).order_by("part")
        return [(each.part, each.amount_minor, each.state) for each in found]


def told(market, order):
    with tenancy.acting_as_platform():
        contract = market.contract(order)
        found = RecordedEvent.objects.filter(
            object_id=contract.pk, organization_id=contract.buyer_id
        )
        return list(found.order_by("id").values_list("name", flat=True))


def room(cap, at):
    with tenancy.acting_as_platform():
        return selectors_of_caps.rooms_by_id([cap.pk], on=market_date(at))[cap.pk].used_minor


def slots_of(market):
    with tenancy.acting_as_platform():
        found = CapacitySlot.objects.filter(listing=market.listing)
        return [(each.starts_at, each.free_milli // 1000) for each in found]


def funds(asset, held_minor, agreed_minor):
    return Funds(uuid7(), asset, "d", "c", uuid7(), held_minor, agreed_minor=agreed_minor)


def _tally(sources):
    return ChargeTally(NOTHING_MEASURED, 0, 0, 0, tuple(sources))


def withdraw(market, amount):
    ledger.post(
        transfers=[
            Transfer(
                id=uuid7(),
                op=Op.POST,
                debit=accounts.buyer_cash(market.buyer.pk),
                credit=accounts.bank(),
                asset=accounts.CNY,
                amount=amount,
                reason=accounts.TransferReason.WITHDRAWAL,
                effective_at=NOON,
            )
        ]
    )


def held(market):
    cash = balance(accounts.buyer_cash(market.buyer.pk))
    return cash.posted - cash.available


@pytest.mark.django_db
def test_only_the_next_period_is_held_and_the_rule_stands_on_the_contract():
    market = Market(cash="3000.00")

    order = running(market)

    assert (order.state, order.cash_minor, order.held_minor) == ("CLEARED", 28_800_00, FIRST)
    assert held(market) == FIRST
    contract = market.contract(order)
    assert contract.instalment_rule == order.instalment_rule == "instalment-1"
    assert [each[1:] for each in parts(market, order)] == [
        (FIRST, "HELD"),
        (SECOND, "PLANNED"),
        (8_928_00, "PLANNED"),
        (28_800_00 - FIRST - SECOND - 8_928_00, "PLANNED"),
    ]


@pytest.mark.django_db
def test_an_order_of_a_month_holds_everything_as_before():
    market = Market()

    order = market.order(hours=31 * 24)

    assert (order.held_minor, order.instalment_rule) == (order.cash_minor, "")
    assert held(market) == 31 * 24 * 1200


@pytest.mark.django_db
def test_the_next_period_is_held_before_it_begins_on_one_hold():
    market = Market()
    order = running(market)
    market.use(order, "1")
    market.charge()

    early = services.renew_due(now=DECEMBER - LEAD - MIN)
    due = services.renew_due(now=DECEMBER - LEAD)
    again = services.renew_due(now=DECEMBER - LEAD + MIN)

    assert (early.held, due.held, again.held) == (0, 1, 0)
    assert held(market) == FIRST + SECOND - 1200
    with tenancy.acting_as_platform():
        (funds,) = ContractFunds.objects.filter(contract__order=order)
    assert (funds.held_minor, funds.agreed_minor) == (FIRST + SECOND, 28_800_00)
    assert is_balanced()
    assert told(market, order).count("settlement.instalment.held") == 1


@pytest.mark.django_db
def test_what_is_not_held_is_told_waits_and_then_ends_the_contract_where_nothing_is_held():
    market = Market(cash="3000.00")
    order = running(market)

    ahead = services.renew_due(now=DECEMBER - LEAD - 7 * DAY)
    first = services.renew_due(now=DECEMBER - LEAD)
    second = services.renew_due(now=DECEMBER - LEAD + 15 * MIN)
    last = services.renew_due(now=DECEMBER - HOUR)

    assert (ahead.looked_ahead, first.late, second.late, last.lapsed) == (1, 1, 1, 1)
    assert [name.split(".", 1)[1] for name in told(market, order)] == [
        "contract.opened",
        "instalment.foreseen",
        "instalment.refused",
        "instalment.lapsed",
    ]
    contract = market.contract(order)
    assert contract.ends_at == DECEMBER
    assert [each[2] for each in parts(market, order)] == ["HELD", "LAPSED", "VOID", "VOID"]
    with tenancy.acting_as_platform():
        end = EarlyEnd.objects.get(contract=contract)
    assert (end.rule_version, end.asked_by_id) == ("instalment-1", None)
    assert all(free == 8 for start, free in slots_of(market) if start >= DECEMBER)
    market.use(order, "1")
    market.settle(at=DECEMBER + 3 * DAY)
    assert market.cash() == ("2988.00", "2988.00")
    assert is_balanced()


@pytest.mark.django_db
def test_money_that_comes_within_the_grace_is_held_and_the_contract_goes_on():
    market = Market(cash="3000.00")
    order = running(market)
    services.renew_due(now=DECEMBER - LEAD)

    deposit(market.buyer, "20000.00")
    run = services.renew_due(now=DECEMBER - LEAD + 15 * MIN)

    assert run.held == 1
    assert [each[2] for each in parts(market, order)][:3] == ["HELD", "HELD", "PLANNED"]
    assert held(market) == FIRST + SECOND


@pytest.mark.django_db
def test_its_buyer_may_hold_the_next_part_at_once_but_not_months_ahead():
    market = Market(cash="3000.00")
    order = running(market)
    contract = market.contract(order)

    def now(at):
        return services.renew_now(contract_id=contract.pk, buyer_id=market.buyer.pk, now=at)

    with pytest.raises(NothingToHold):
        now(DECEMBER - LEAD - 8 * DAY)
    with pytest.raises(InstalmentRefused):
        now(DECEMBER - LEAD - DAY)
    deposit(market.buyer, "20000.00")
    row = now(DECEMBER - LEAD - DAY)

    assert (row.state, row.part) == ("HELD", 2)
    assert held(market) == FIRST + SECOND
    with pytest.raises(NothingToHold):
        now(DECEMBER - LEAD - DAY)


# --- Caps ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_part_counts_under_caps_in_the_month_that_it_pays_for():
    market = Market()
    cap = budgets.cap(market.buyer, "9000.00", now=OPENED)

    running(market)
    services.renew_due(now=DECEMBER - LEAD)

    assert room(cap, NOON) == FIRST
    assert room(cap, DECEMBER) == SECOND


@pytest.mark.django_db
def test_a_cap_that_leaves_too_little_stops_a_part_as_money_does():
    market = Market()
    cap = budgets.cap(market.buyer, "8000.00", now=OPENED)
    order = running(market)

    run = services.renew_due(now=DECEMBER - LEAD)

    assert (run.held, run.late) == (0, 1)
    with tenancy.acting_as_platform():
        row = ContractInstalment.objects.get(contract__order=order, part=2)
    assert (row.refusal_code, row.state) == ("budget_exceeded", "LATE")
    assert room(cap, DECEMBER) == 0
    assert held(market) == FIRST


@pytest.mark.django_db
def test_what_the_ledger_refuses_takes_nothing_of_a_cap_and_may_be_held_later():
    market = Market(cash="3000.00")
    cap = budgets.cap(market.buyer, "9000.00", now=OPENED)
    running(market)

    services.renew_due(now=DECEMBER - LEAD)
    assert room(cap, DECEMBER) == 0
    deposit(market.buyer, "20000.00")
    services.renew_due(now=DECEMBER - LEAD + 15 * MIN)

    assert room(cap, DECEMBER) == SECOND


# --- Vouchers -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_voucher_pays_its_share_of_each_window_and_only_cash_is_held_in_parts():
    market = Market()
    programme = market.voucher("20000.00", share="0.50")

    order = running(market)

    assert (order.voucher_minor, order.cash_minor) == (14_400_00, 14_400_00)
    assert order.held_minor == 1_464_00
    market.use(order, "1")
    market.charge()
    (charge,) = market.charges(order)
    assert (charge.voucher_minor, charge.cash_minor) == (600, 600)
    services.renew_due(now=DECEMBER - LEAD)
    market.use(order, "1", hour=1)
    market.charge(at=DECEMBER)
    assert market.claim(programme) == "12.00"
    assert market.payable() == f"{12 - 2 * 0.36:.2f}"


# --- The law ------------------------------------------------------------------------------------
RULES = st.sampled_from(
    [
        instalment_1.RULE,
        InstalmentRule("days", 30, 31 * 86400, 7 * 86400, 4 * 86400, 3600),
        InstalmentRule("weeks", 7, 7 * 86400, 2 * 86400, 86400, 3600),
    ]
)


@given(
    rule=RULES,
    start=st.integers(0, 400 * 86400),
    seconds=st.integers(1, 366 * 86400),
    cash=st.integers(0, 10**13),
)
def test_parts_cover_the_time_without_gaps_and_add_up_to_the_fen(rule, start, seconds, cash):
    starts_at = NOON + timedelta(seconds=start)
    ends_at = starts_at + timedelta(seconds=seconds)
    found = instalments.plan(rule, starts_at=starts_at, ends_at=ends_at, cash_minor=cash, zone=ZONE)
    if not found:
        return
    assert sum(each.amount_minor for each in found) == cash
    assert (found[0].starts_at, found[-1].ends_at) == (starts_at, ends_at)
    assert [each.part for each in found] == list(range(1, len(found) + 1))
    least = timedelta(seconds=rule.least_seconds)
    for before, after in pairwise(found):
        assert before.ends_at == after.starts_at
        assert after.due_at > before.starts_at
    assert all(each.amount_minor > 0 for each in found)
    assert all(each.ends_at - each.starts_at >= least for each in found)


@given(
    voucher=st.integers(0, 10**9),
    cash=st.integers(1, 10**9),
    share=st.integers(0, 1000),
    rated=st.integers(0, 3 * 10**9),
)
def test_no_source_pays_more_than_it_holds_and_each_its_share(voucher, cash, share, rated):
    now = cash * share // 1000
    sources = [funds("VCH-A", voucher, None)] if voucher else []
    sources.append(funds(accounts.CNY, now, cash))

    step, after = rules.step(
        _tally(sources), NOTHING_MEASURED, rated_minor=rated, fee_rate=Decimal("0.03")
    )

    assert step.gross_minor <= rated
    for each in after.funds:
        assert 0 <= each.collected_minor <= each.held_minor
    total = rules.split(step.gross_minor, [each.share_minor for each in sources])
    assert list(total) == [each.collected_minor for each in after.funds]


# --- The database -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_database_holds_what_its_instalments_say_and_nothing_else():
    market = Market()
    order = running(market)
    with tenancy.acting_as_platform():
        (fund,) = ContractFunds.objects.filter(contract__order=order)
        first, last = ContractInstalment.objects.filter(
            contract__order=order, part__in=[1, 4]
        ).order_by("part")
        attacks = (
            (
                "holds what its instalments say",
                lambda: _update(fund, held_minor=fund.held_minor + 1),
            ),
            ("was decided", lambda: _update(first, state="PLANNED")),
            ("what was written stays", lambda: _update(last, amount_minor=1)),
        )
        for match, attack in attacks:
            with pytest.raises(IntegrityError, match=match), transaction.atomic():
                attack()


def _update(row, **facts):
    type(row).objects.filter(pk=row.pk).update(**facts)


# --- Over HTTP, and on pages ---------------------------------------------------------------------
@pytest.mark.django_db
def test_the_api_says_what_is_held_when_before_and_after():
    market = Market(cash="3000.00")
    order = running(market)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))
    contract = market.contract(order)

    shown = visitor.get(f"/api/v1/contracts/{contract.pk}").json()
    published = visitor.get("/api/v1/instalment-rules").json()

    assert shown["instalment_rule"] == published["newest"] == "instalment-1"
    assert [each["amount_minor"] for each in shown["instalments"]][:2] == [FIRST, SECOND]
    assert (shown["instalments"][1]["state"], shown["instalments"][1]["due_at"]) == (
        "PLANNED",
        "2026-11-26T16:00:00Z",
    )
    hold_next = f"/api/v1/contracts/{contract.pk}/hold-next"
    with time_machine.travel(DECEMBER - LEAD - DAY, tick=False):
        refused = visitor.post(hold_next, "{}", content_type="application/json")
        deposit(market.buyer, "20000.00")
        held_now = visitor.post(hold_next, "{}", content_type="application/json")
        forecast = visitor.get("/api/v1/cash-forecast").json()
    assert (refused.status_code, refused.json()["code"]) == (409, "instalment_refused")
    assert (held_now.status_code, held_now.json()["state"]) == (200, "HELD")
    assert forecast["held_minor"] == FIRST + SECOND
    assert forecast["instalments"][0]["part"] == 3
    assert forecast["instalments"][0]["lacks_minor"] == 0


@pytest.mark.django_db
def test_a_quote_and_the_pages_say_what_is_held_now_and_what_next():
    market = Market(cash="3000.00")
    order = running(market)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))
    english = {"accept-language": "en"}

    with time_machine.travel(NOON + DAY, tick=False):
        made = visitor.post(
            "/api/v1/quotes",
            json.dumps(
                {
                    "listing_id": str(market.listing.pk),
                    "units_milli": 1000,
                    "starts_at": "2026-12-01T00:00:00+08:00",
                    "ends_at": "2027-03-01T00:00:00+08:00",
                }
            ),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )
        hold = visitor.get(f"/api/v1/quotes/{made.json()['id']}/hold").json()
        page = visitor.get(f"/orders/{order.pk}/", headers=english).content.decode()
        wallet = visitor.get("/wallet/", headers=english).content.decode()

    assert made.status_code == 201
    assert (hold["cash_minor"], hold["held_minor"], len(hold["instalments"])) == (
        25_920_00,
        8_928_00,
        3,
    )
    assert "the next hold is on 2026-11-27 00:00 (UTC+8): ¥8,928.00." in page
    assert "¥8,856.00 will be missing on" in wallet


# --- At one instant -----------------------------------------------------------------------------
def test_each_pair_with_holding_at_one_instant_strands_nothing(fresh_database):
    at = DECEMBER - LEAD
    for name in ("renew", "now", "end", "cancel", "charge", "settle"):
        market = Market()
        order = running(market)
        contract = market.contract(order)
        market.use(order, "1")
        acts = {
            "renew": lambda: services.renew_due(now=at),
            "now": lambda market=market, contract=contract: services.renew_now(
                contract_id=contract.pk, buyer_id=market.buyer.pk, now=at
            ),
            "end": lambda market=market, contract=contract: services.end_early(
                contract_id=contract.pk, buyer_id=market.buyer.pk, now=at
            ),
            "cancel": lambda market=market, order=order: orders.cancel_order(
                order_id=order.pk, buyer_id=market.buyer.pk, now=at
            ),
            "charge": lambda: services.charge_due(now=at),
            "settle": lambda: services.settle_due(now=at),
        }

        assert at_once(acts["renew"], acts[name]) == [], name
        services.renew_due(now=at + MIN)

        assert [each[2] for each in parts(market, order)].count("HELD") <= 2, name
        with tenancy.acting_as_platform():
            (fund,) = ContractFunds.objects.filter(contract=contract)
        assert held(market) == fund.held_minor - fund.captured_minor, name
        services.end_early(contract_id=contract.pk, buyer_id=market.buyer.pk, now=at + HOUR)
        market.settle(at=DECEMBER + 9 * DAY)
        posted, available = market.cash()
        assert posted == available == "99988.00", name
        assert is_balanced()


def test_of_holding_and_withdrawing_the_last_money_one_gets_it(fresh_database):
    market = Market(cash="12000.00")
    order = running(market)
    left = balance(accounts.buyer_cash(market.buyer.pk)).available

    wrong = at_once(lambda: services.renew_due(now=DECEMBER - LEAD), lambda: withdraw(market, left))

    is_held = parts(market, order)[1][2] == "HELD"
    assert all(isinstance(each, Exception) for each in wrong)
    assert balance(accounts.buyer_cash(market.buyer.pk)).available == (
        left - SECOND if is_held else 0
    )
    assert held(market) == FIRST + (SECOND if is_held else 0)
    assert is_balanced()
