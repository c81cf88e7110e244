"""Money moves without usage in one way: two persons agree, and the record is corrected."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from ledger.contracts import TransferRefused
from marketplace import accounts
from marketplace.settlement import services
from marketplace.settlement.contracts import (
    Adjusting,
    AdjustmentReason,
    AdjustmentRefused,
    AlreadyReversed,
    ContractNotSettled,
    Party,
)
from marketplace.settlement.models import Adjustment, TradeRecord
from marketplace.vouchers.contracts import ReferenceReused
from tests import cast
from tests.settlement.cast import HOUR, NOON, Market, balance, is_balanced, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    """A contract of ¥72.00 that is settled: the provider is owed ¥69.84."""
    found = Market()
    order = found.order(cards=8, hours=2)
    found.use(order, "6", hour=0)
    found.settle()
    found.settled = found.contract(order)
    return found


@pytest.fixture
def desk() -> list[Person]:
    office = cast.organization("Desk")
    return [Person(cast.member(office, Role.FINANCE).pk, office.pk) for _n in range(2)]


def wanted(market: Market, payer: Party, payee: Party, amount: int = 10_00, **facts) -> Adjusting:
    return Adjusting(
        **{
            "reason": AdjustmentReason.GOODWILL,
            "payer": payer,
            "payee": payee,
            "amount_minor": amount,
            "reference": "case 1",
            "evidence": "letter of 20 November",
            "contract_id": market.settled.pk,
        }
        | facts
    )


def book(what: Adjusting, desk: list[Person]) -> Adjustment:
    proposed = services.propose_adjustment(what, by=desk[0], now=NOON)
    return approve(proposed, desk)


def approve(proposed, desk: list[Person]) -> Adjustment:
    return services.book_adjustment(
        proposal_id=proposed.id,
        person_id=desk[1].id,
        organization_id=desk[1].organization_id,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("payer", "payee", "gross", "fee", "cash", "payable", "fees"),
    [
        (Party.PROVIDER, Party.BUYER, -1000, 0, "99938.00", "59.84", "2.16"),
        (Party.BUYER, Party.PROVIDER, 1000, 0, "99918.00", "79.84", "2.16"),
        (Party.MARKET, Party.BUYER, -1000, -1000, "99938.00", "69.84", "-7.84"),
        (Party.MARKET, Party.PROVIDER, 0, -1000, "99928.00", "79.84", "-7.84"),
        (Party.PROVIDER, Party.MARKET, 0, 1000, "99928.00", "59.84", "12.16"),
        (Party.BUYER, Party.MARKET, 1000, 1000, "99918.00", "69.84", "12.16"),
    ],
)
def test_money_moves_and_the_record_is_corrected(
    market, desk, payer, payee, gross, fee, cash, payable, fees
):
    made = book(wanted(market, payer, payee), desk)

    assert (market.cash()[0], market.payable(), market.fees()) == (cash, payable, fees)
    record = made.trade_record
    assert (record.kind, record.gross_minor, record.fee_minor) == ("CORRECTION", gross, fee)
    assert record.corrects.kind == "TRADE"
    assert record.corrects.contract_id == market.settled.pk
    assert made.number == "J-00000001"
    assert is_balanced()


def test_what_a_provider_does_not_have_it_owes(market, desk):
    made = book(wanted(market, Party.PROVIDER, Party.BUYER, 100_00), desk)

    owed = balance(accounts.provider_receivable(market.provider.pk)).posted
    assert (market.payable(), yuan(owed), made.owed_minor) == ("0.00", "30.16", 30_16)
    assert is_balanced()


def test_a_buyer_pays_no_more_than_there_is(market, desk):
    with pytest.raises(TransferRefused) as refused:
        book(wanted(market, Party.BUYER, Party.MARKET, 200_000_00), desk)

    assert refused.value.code == "insufficient_funds"


def test_a_reversal_names_what_it_takes_back_and_comes_once(market, desk):
    made = book(wanted(market, Party.MARKET, Party.BUYER), desk)
    reversal = {"adjustment_id": made.pk, "evidence": "an error", "by": desk[0], "now": NOON}
    back = approve(services.propose_reversal(**reversal), desk)

    assert (back.reverses_id, back.payer, back.payee) == (made.pk, "BUYER", "MARKET")
    assert back.trade_record.corrects_id == made.trade_record_id
    assert (market.cash()[0], market.fees()) == ("99928.00", "2.16")
    for each in (made, back):
        with pytest.raises(AlreadyReversed):
            services.propose_reversal(**reversal | {"adjustment_id": each.pk})


def test_without_a_contract_the_parties_are_named_and_no_trade_is_corrected(market, desk):
    alone = {"contract_id": None, "buyer_id": market.buyer.pk}
    made = book(wanted(market, Party.MARKET, Party.BUYER, **alone), desk)

    with tenancy.acting_as_platform():
        assert TradeRecord.objects.count() == 1
    assert (made.trade_record, made.contract, market.cash()[0]) == (None, None, "99938.00")
    with pytest.raises(AdjustmentRefused) as refused:
        book(wanted(market, Party.MARKET, Party.PROVIDER, reference="2", **alone), desk)
    assert refused.value.field == "provider_id"
    with pytest.raises(AdjustmentRefused):
        book(wanted(market, Party.BUYER, Party.BUYER, reference="3"), desk)


def test_one_reference_is_one_adjustment_and_one_person_is_not_two(market, desk):
    what = wanted(market, Party.MARKET, Party.BUYER)
    first = services.propose_adjustment(what, by=desk[0], now=NOON)
    assert services.propose_adjustment(what, by=desk[0], now=NOON).id == first.id
    with pytest.raises(SecondPersonRequired):
        approve(first, desk[::-1])
    approve(first, desk)

    with pytest.raises(ReferenceReused):
        services.propose_adjustment(what, by=desk[0], now=NOON)
    assert market.cash()[0] == "99938.00"


def test_nobody_of_who_is_paid_approves(market, desk):
    insider = cast.member(market.buyer, Role.FINANCE)
    proposed = services.propose_adjustment(
        wanted(market, Party.MARKET, Party.BUYER), by=desk[0], now=NOON
    )

    with pytest.raises(SecondPersonRequired):
        approve(proposed, [desk[0], Person(insider.pk, market.buyer.pk)])
    approvals.withdraw(proposal_id=proposed.id, by=desk[0], reason="a test", now=NOON)


def test_a_contract_that_runs_is_not_adjusted(market, desk):
    later = NOON + 30 * HOUR
    order = market.order(starts_at=later)
    services.open_contracts(now=later)
    running = market.contract(order)

    with pytest.raises(ContractNotSettled):
        book(wanted(market, Party.MARKET, Party.BUYER, contract_id=running.pk), desk)


def test_the_database_takes_no_adjustment_that_nobody_agreed_on(market, desk):
    made = book(wanted(market, Party.MARKET, Party.BUYER), desk)
    columns = [field.column for field in Adjustment._meta.concrete_fields]
    changed = {"id": "%s", "sequence": "2", "number": "'J-2'", "reference": "'x'"}
    listed = ", ".join(changed.get(column, column) for column in columns)
    copy = (
        f"INSERT INTO settlement_adjustment ({', '.join(columns)})"
        f" SELECT {listed} FROM settlement_adjustment WHERE id = %s"
    )
    for statement, values in (
        (copy, [uuid7(), made.pk]),
        ("UPDATE settlement_adjustment SET amount_minor = 1 WHERE id = %s", [made.pk]),
        ("DELETE FROM settlement_adjustment WHERE id = %s", [made.pk]),
    ):
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError) as refused,
            transaction.atomic(),
        ):
            cursor.execute(statement, values)
        assert isinstance(refused.value, IntegrityError) or "denied" in str(refused.value)
