"""What was charged and recorded stays, whoever asks, and tenants are apart."""

import threading
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction

from common import tenancy
from marketplace.settlement import selectors, services
from marketplace.settlement.contracts import ContractNotFound, TradeRecordNotFound
from marketplace.settlement.models import Charge, Contract, ContractFunds, TradeRecord
from metering import services as metering
from tests import cast, databases, environment
from tests.settlement.cast import NOON, Market, is_balanced

LATER = NOON + timedelta(days=2)
FORBIDDEN = [
    "UPDATE settlement_charge SET gross_minor = gross_minor + 1, cash_minor = cash_minor + 1",
    "DELETE FROM settlement_charge",
    "TRUNCATE settlement_charge CASCADE",
    "UPDATE settlement_traderecord SET buyer_name = 'somebody else'",
    "DELETE FROM settlement_traderecord",
    "TRUNCATE settlement_traderecord CASCADE",
    "UPDATE settlement_feerule SET rate = 0",
    "DELETE FROM settlement_feerule",
    "DELETE FROM settlement_contract",
    "UPDATE settlement_contract SET buyer_id = provider_id",
    "UPDATE settlement_contract SET ends_at = ends_at + interval '1 hour'",
    "UPDATE settlement_contract SET state = 'ACTIVE', settled_at = NULL",
    "UPDATE settlement_contract SET cash_minor = cash_minor + 1",
    "UPDATE settlement_contract SET gross_minor = rated_minor + 1, cash_minor = rated_minor + 1",
    "DELETE FROM settlement_contractfunds",
    "UPDATE settlement_contractfunds SET held_minor = held_minor + 1",
    "UPDATE settlement_contractfunds SET captured_minor = held_minor + 1",
    "UPDATE settlement_contractfunds SET returned_minor = captured_minor + 1",
    "INSERT INTO settlement_chargingcursor (id, sequence) VALUES (2, 0)",
]


@pytest.fixture
def traded(db) -> Market:
    market = Market()
    order = market.order(cards=8)
    market.use(order, "4")
    market.settle()
    return market


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_change_the_past(traded, statement):
    with tenancy.acting_as_platform(), pytest.raises(Error), transaction.atomic():
        connection.cursor().execute(statement)


def test_not_even_the_owner_of_the_tables_changes_a_record(fresh_database):
    market = Market()
    order = market.order(cards=8)
    market.use(order, "4")
    market.settle()

    for statement in (line for line in FORBIDDEN if "settlement_c" not in line):
        with databases.admin(environment.DATABASE) as owner, pytest.raises(Exception, match="only"):
            owner.execute(statement)


def test_usage_is_charged_once_even_if_someone_tries(traded):
    with tenancy.acting_as_platform():
        charge = Charge.objects.get()
        charge.pk, charge._state.adding = cast_id(), True
        with pytest.raises(Error, match="usage_is_charged_once"), transaction.atomic():
            charge.save(force_insert=True)


def cast_id():
    from common.ids import uuid7

    return uuid7()


@pytest.mark.parametrize("model", [Contract, ContractFunds, Charge, TradeRecord])
def test_only_the_two_parties_see_a_trade(traded, model):
    stranger = cast.organization("Stranger")

    seen = {}
    for organization in (traded.buyer, traded.provider, stranger):
        with tenancy.acting_as(organization.pk):
            seen[organization.pk] = model.objects.count()

    assert seen == {traded.buyer.pk: 1, traded.provider.pk: 1, stranger.pk: 0}


def test_a_party_cannot_write_what_only_the_market_writes(traded):
    with tenancy.acting_as(traded.buyer.pk):
        assert Contract.objects.update(watermark=0) == 0


def test_foreign_contracts_and_records_look_like_none(traded):
    with tenancy.acting_as_platform():
        contract, record = Contract.objects.get(), TradeRecord.objects.get()
    with tenancy.acting_as(cast.organization("Stranger").pk):
        with pytest.raises(ContractNotFound):
            selectors.contract(contract.pk)
        with pytest.raises(TradeRecordNotFound):
            selectors.trade_record(record.number)


def test_a_run_that_dies_before_its_end_leaves_nothing_and_the_next_does_it_once(db):
    market = Market()
    order = market.order(cards=8)
    market.use(order, "4")
    with tenancy.acting_as_platform():
        metering.close_windows(now=LATER)

    with pytest.raises(KeyboardInterrupt):
        charge_and_die()

    assert market.cash() == ("100000.00", "99904.00")
    assert market.settle().contracts == 1
    assert market.cash() == ("99952.00", "99952.00")
    assert len(market.charges(order)) == 1


def charge_and_die() -> None:
    with transaction.atomic():
        services.charge_due(now=LATER)
        services.settle_due(now=LATER)
        raise KeyboardInterrupt


def test_runs_at_once_charge_and_settle_once(fresh_database):
    market = Market()
    orders = [market.order(cards=1) for _ in range(6)]
    for order in orders:
        market.use(order, "0.5")
    with tenancy.acting_as_platform():
        metering.close_windows(now=LATER)

    def work() -> None:
        try:
            for _ in range(4):
                services.charge_due(now=LATER, limit=2)
                services.settle_due(now=LATER, limit=2)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    failures: list[Exception] = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    market.settle()

    assert failures == []
    assert [len(market.charges(order)) for order in orders] == [1] * 6
    assert [len(market.records(order)) for order in orders] == [1] * 6
    assert market.cash() == ("99964.00", "99964.00")
    assert (market.payable(), market.fees()) == ("34.92", "1.08")
    assert is_balanced()
