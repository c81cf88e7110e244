"""A row that breaks an expectation is set aside with its reason, and everything else goes on."""

import os
import sys
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.orders.models import Order
from marketplace.settlement import services
from marketplace.settlement.contracts import ContractNotFound, ContractState
from marketplace.settlement.models import ChargingCursor, Contract, UnopenedOrder
from marketplace.settlement.services import charging, opening, settling, trying
from metering import services as metering
from metering.models import Window
from metering.services import closing
from tests import cast, databases, environment
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

LATER = NOON + timedelta(days=2)


@pytest.fixture
def market(db) -> Market:
    return Market()


def execute(statement: str, *values: object) -> None:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def poison_totals(order: Order) -> None:
    """Write totals that no source has paid: what charging does next adds up to nothing sound."""
    execute(
        "UPDATE settlement_contract SET rated_minor = 500, gross_minor = 500, cash_minor = 500"
        " WHERE order_id = %s",
        order.pk,
    )


def reviews(order: Order) -> tuple[str, bool]:
    with tenancy.acting_as_platform():
        contract = Contract.objects.get(order=order)
    return contract.review_code, contract.review_since is not None


def close_windows() -> None:
    with tenancy.acting_as_platform():
        metering.close_windows(now=LATER)


# --- Charging ------------------------------------------------------------------------------------
def test_a_contract_whose_totals_contradict_its_funds_is_set_aside_alone(market):
    orders = [market.order(hours=1) for _ in range(5)]
    for order in orders:
        market.use(order, "1")
    services.open_contracts(now=NOON)
    poison_totals(orders[2])

    charged = market.charge()

    assert (charged.charges, charged.set_aside) == (4, 1)
    assert reviews(orders[2]) == ("not_charged", True)
    assert [reviews(order)[0] for order in orders if order != orders[2]] == [""] * 4
    with tenancy.acting_as_platform():
        assert "is not what its sources paid" in Contract.objects.get(order=orders[2]).review_detail
    assert is_balanced()


def test_what_was_set_aside_is_not_looked_at_again_and_stays_as_it_was(market):
    poisoned, sound = market.order(hours=2), market.order(hours=2)
    market.use(poisoned, "1")
    services.open_contracts(now=NOON)
    poison_totals(poisoned)
    market.charge()
    market.use(poisoned, "1", hour=1)
    market.use(sound, "1", hour=1)

    charged = market.charge(at=LATER + HOUR)

    assert (charged.charges, charged.set_aside) == (1, 0)
    assert market.charges(poisoned) == []
    settled = services.settle_due(now=LATER + HOUR)
    assert settled.contracts == 1
    assert market.contract(poisoned).state == ContractState.ACTIVE


def test_what_was_set_aside_is_charged_in_full_once_it_is_mended_and_tried_again(market):
    order = market.order(hours=2)
    market.use(order, "1")
    services.open_contracts(now=NOON)
    poison_totals(order)
    market.charge()
    market.use(order, "1", hour=1)
    market.charge(at=LATER + HOUR)
    execute(
        "UPDATE settlement_contract SET rated_minor = 0, gross_minor = 0, cash_minor = 0"
        " WHERE order_id = %s",
        order.pk,
    )

    services.retry_contract(contract_id=market.contract(order).pk)
    services.charge_due(now=LATER + HOUR)

    assert [charge.gross_minor for charge in market.charges(order)] == [1_200, 1_200]
    assert services.settle_due(now=LATER + HOUR).contracts == 1
    with pytest.raises(ContractNotFound):
        services.retry_contract(contract_id=market.contract(order).pk)


def test_a_fault_of_the_surroundings_is_nobodys_contract(market, monkeypatch):
    order = market.order(hours=1)
    market.use(order, "1")

    def no_disk(*_args, **_facts):
        raise OperationalError("could not extend file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(charging, "post_groups", no_disk)
        with pytest.raises(OperationalError):
            market.charge()
    market.charge()

    assert reviews(order) == ("", False)
    assert len(market.charges(order)) == 1


@pytest.mark.parametrize("poisoned", [0, 3, 6])
def test_any_of_seven_may_fail_at_any_step(market, monkeypatch, poisoned):
    orders = [market.order(hours=1) for _ in range(7)]
    for order in orders:
        market.use(order, "1")
    content = charging.records.charge_content

    def fail_for_one(charge, **facts):
        if facts["order"] == orders[poisoned].number:
            raise ArithmeticError("no text for this figure")
        return content(charge, **facts)

    monkeypatch.setattr(charging.records, "charge_content", fail_for_one)
    market.charge()

    assert [len(market.charges(order)) for order in orders] == [
        int(place != poisoned) for place in range(7)
    ]
    assert is_balanced()


# --- Opening, settling, windows ------------------------------------------------------------------
def test_an_order_of_which_no_contract_can_be_made_stops_no_other(market, monkeypatch):
    bad, good = market.order(hours=1), market.order(hours=1)
    contract = opening._contract

    def fail_for_one(order, *args, **facts):
        if order.pk == bad.pk:
            raise KeyError(order.rule_version_id)
        return contract(order, *args, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_contract", fail_for_one)
        assert services.open_contracts(now=NOON) == 1
        assert services.open_contracts(now=NOON) == 0

    assert market.contract(good).number == "C-00000001"
    with tenancy.acting_as_platform():
        waiting = UnopenedOrder.objects.get()
    assert (waiting.order_id, waiting.review_code, str(waiting)) == (
        bad.pk,
        "not_opened",
        bad.number,
    )

    services.retry_unopened(order_id=bad.pk)
    assert services.open_contracts(now=NOON) == 1
    with pytest.raises(ContractNotFound):
        services.retry_unopened(order_id=bad.pk)


def test_a_contract_that_cannot_be_settled_stops_no_other(market, monkeypatch):
    bad, *good = [market.order(hours=1) for _ in range(4)]
    traded = settling._traded

    def fail_for_one(contract):
        if contract.order_id == bad.pk:
            raise ValueError("no name that a record could copy")
        return traded(contract)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "_traded", fail_for_one)
        settled = market.settle()

    assert (settled.contracts, settled.set_aside) == (3, 1)
    assert reviews(bad) == ("not_settled", True)
    assert [len(market.records(order)) for order in good] == [1, 1, 1]
    # What it holds is still held, and its capacity still taken: nothing was half done.
    assert market.cash() == ("100000.00", "99988.00")
    assert services.settle_due(now=LATER).contracts == 0

    services.retry_contract(contract_id=market.contract(bad).pk)
    assert market.settle().contracts == 1


def test_a_window_that_python_cannot_measure_stops_no_other(market, monkeypatch):
    bad, good = market.order(hours=2), market.order(hours=2)
    market.use(bad, "1")
    market.use(good, "1", hour=1)
    record = closing._record

    def fail_for_one(rule, window, row, *args, **facts):
        if row.subject == bad.pk:
            raise ZeroDivisionError
        return record(rule, window, row, *args, **facts)

    monkeypatch.setattr(closing, "_record", fail_for_one)
    market.charge()

    assert len(market.charges(good)) == 1
    with tenancy.acting_as_platform():
        window = Window.objects.get(state="SET_ASIDE")
    assert (window.starts_at, window.set_aside_reason) == (NOON, "not_measurable")


def test_operators_see_what_waits_and_have_it_tried_again(market, capsys):
    order = market.order(hours=1)
    market.use(order, "1")
    services.open_contracts(now=NOON)
    poison_totals(order)
    market.charge()
    number = market.contract(order).number

    call_command("needs_review", kind="contract")
    assert number in (listed := capsys.readouterr().out)
    assert "not_charged" in listed
    call_command("needs_review", retry=["contract", number])

    assert reviews(order) == ("", False)


def test_both_parties_are_told_that_a_contract_is_being_checked(market):
    order = market.order(hours=1)
    market.use(order, "1")
    services.open_contracts(now=NOON)
    poison_totals(order)
    market.charge()
    provider = cast.signed_in(cast.member(market.provider, Role.PROVIDER))
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))

    for browser in (provider, buyer):
        (contract,) = browser.get(f"/api/v1/contracts?order={order.pk}").json()["results"]
        assert (contract["needs_review"], contract["review_code"]) == (True, "not_charged")
        assert "review_detail" not in contract
    assert "cm-tag--warn" in provider.get(reverse("portal:settlement")).content.decode()


# --- Workers that die ----------------------------------------------------------------------------
def test_runs_get_smaller_while_workers_die_and_the_contract_that_kills_is_set_aside(market):
    deadly, sound = market.order(hours=1), market.order(hours=1)
    market.use(deadly, "1")
    market.use(sound, "1")
    close_windows()
    services.open_contracts(now=LATER)

    limits = []
    while reviews(deadly) == ("", False):
        limits.append(trying.begin(now=LATER))  # ... and the worker is killed.
        assert len(limits) < 20

    assert limits[:3] == [2_000, 1_000, 500]
    assert limits[-3:] == [1, 1, 2_000]
    assert reviews(deadly) == ("worker_died", True)
    trying.end(1)
    while services.charge_carefully(now=LATER).is_full:
        continue
    assert len(market.charges(sound)) == 1
    assert reviews(sound) == ("", False)


def test_runs_grow_again_when_they_end(market):
    order = market.order(hours=1)
    market.use(order, "1")
    close_windows()
    for _killed in range(4):
        trying.begin(now=LATER)

    services.charge_carefully(now=LATER)
    services.charge_carefully(now=LATER)

    with tenancy.acting_as_platform():
        cursor = ChargingCursor.objects.get()
    assert (cursor.run_limit, cursor.unfinished) == (500, 0)
    assert len(market.charges(order)) == 1


@pytest.fixture
@databases.maker
def committed(django_db_setup, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        yield environment.DATABASE
        connections.close_all()
        databases.drop(environment.DATABASE)


def a_worker_that_dies_with(order_id) -> int:
    """Charge in a process that is gone at once when it comes to an order; return its status."""
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        # Beside a browser of another test the parent has an event loop, and connections of its
        # own there; the child has none, and would find those of a database that is gone.
        connections.close_all()
        fold = charging.fold_usage

        def fold_or_die(account, usage, **facts):
            if account.terms.order_id == order_id and usage:
                os._exit(137)
            return fold(account, usage, **facts)

        charging.fold_usage = fold_or_die
        while services.charge_carefully(now=LATER).is_full:
            continue
        os._exit(0)
    except Exception:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(1)


def test_a_contract_with_which_processes_die_is_found_and_the_others_are_charged(committed):
    market = Market()
    deadly, sound = market.order(hours=1), market.order(hours=1)
    market.use(deadly, "1")
    market.use(sound, "1")
    close_windows()

    statuses = [a_worker_that_dies_with(deadly.pk)]
    while statuses[-1] and len(statuses) < 30:
        statuses.append(a_worker_that_dies_with(deadly.pk))

    assert statuses[-1] == 0
    assert 137 in statuses
    assert reviews(deadly) == ("worker_died", True)
    assert len(market.charges(sound)) == 1
    assert is_balanced()


# --- What cannot be written ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "quantity = 'NaN'",
        "quantity = -1",
        "standard_hours = 'NaN'",
        "beyond_quantity = -1",
        "beyond_quantity = 'NaN'",
        "watermark = -1",
        "rated_minor = 100000000000000001",
        "review_code = 'x'",
        "review_since = now()",
    ],
)
def test_the_database_takes_no_totals_that_nobody_can_read(market, change):
    market.order(hours=1)
    services.open_contracts(now=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        execute(f"UPDATE settlement_contract SET {change}")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lines", "'{}'"),
        ("lines", "'[1]'"),
        ("lines", """'[{"component": "a", "unit": "b", "amount_minor": "12"}]'"""),
        ("lines", """'[{"unit": "b", "amount_minor": 12}]'"""),
        ("parts", "'[]'"),
        ("parts", """'{"CNY": "12"}'"""),
        ("kind", "'GIFT'"),
        ("quantity", "'NaN'"),
        ("measured_quantity", "-1"),
        ("total_quantity", "'NaN'"),
        ("revision", "0"),
    ],
)
def test_the_database_takes_no_charge_of_another_shape(market, column, value):
    order = market.order(hours=1)
    market.use(order, "1")
    market.charge()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_name = 'settlement_charge' AND column_name NOT IN ('id', %s)",
            [column],
        )
        (others,) = cursor.fetchone()

    with pytest.raises(IntegrityError, match="charge_"), transaction.atomic():
        execute(
            f"INSERT INTO settlement_charge (id, {column}, {others})"
            f" SELECT gen_random_uuid(), {value}, {others} FROM settlement_charge"
        )


def test_the_ledger_refuses_what_is_poisoned_and_posts_the_rest(market):
    """A hold that is gone: the contract stays with the ledger's reason, others are charged."""
    bad, good = market.order(hours=1), market.order(hours=1)
    for order in (bad, good):
        market.use(order, "1")
    services.open_contracts(now=NOON)
    execute(
        "UPDATE settlement_contractfunds SET hold_id = gen_random_uuid() WHERE contract_id ="
        " (SELECT id FROM settlement_contract WHERE order_id = %s)",
        bad.pk,
    )

    market.charge()

    assert market.contract(bad).refusal_code == "hold_unknown"
    assert len(market.charges(good)) == 1


def test_a_fault_that_lets_nothing_through_waits_before_contracts_are_blamed(market, monkeypatch):
    orders = [market.order(hours=1) for _ in range(3)]
    for order in orders:
        market.use(order, "1")
    close_windows()

    def broken(*_args, **_facts):
        raise LookupError("a release that charges nothing")

    with monkeypatch.context() as patch:
        patch.setattr(charging.records, "charge_content", broken)
        for _run in range(2):
            with pytest.raises(LookupError):
                services.charge_carefully(now=LATER)
    assert [reviews(order) for order in orders] == [("", False)] * 3

    assert services.charge_carefully(now=LATER).charges == 3
    with tenancy.acting_as_platform():
        assert ChargingCursor.objects.get().failed == 0


def test_contracts_that_go_on_failing_together_are_set_aside_by_the_third_run(market):
    orders = [market.order(hours=1) for _ in range(2)]
    for order in orders:
        market.use(order, "1")
    close_windows()
    services.open_contracts(now=NOON)
    for order in orders:
        poison_totals(order)

    for _run in range(2):
        with pytest.raises(ValueError, match="not what its sources paid"):
            services.charge_carefully(now=LATER)
    assert services.charge_carefully(now=LATER).set_aside == 2

    assert [reviews(order) for order in orders] == [("not_charged", True)] * 2
