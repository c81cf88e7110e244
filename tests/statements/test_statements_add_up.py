"""Opening and lines make the closing, of each side, and the ledger says the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.canonical import content_hash
from marketplace import accounts
from marketplace.statements import documents, selectors, services, subjects
from marketplace.statements.contracts import (
    BillSide,
    Grouping,
    NothingToState,
    StatementIssued,
    StatementNotCancellable,
    StatementNotDue,
    Subject,
)
from marketplace.statements.models import Statement, StatementBalance, StatementRound
from tests import cast
from tests.settlement.cast import HOUR, NOON, balance
from tests.statements.cast import (
    DECEMBER,
    ISSUED,
    MONTH,
    buyer,
    issue,
    lines,
    pay_in,
    provider,
    traded,
)

pytestmark = pytest.mark.django_db
LATER = NOON + 4 * HOUR


def test_an_accountant_checks_a_month_by_hand():
    """¥100,000.00 came in, six hours at ¥12.00 were used; the fee of 3 % is the provider's."""
    market = traded()

    bought, sold = issue(buyer(market)), issue(provider(market))
    earned = issue(subjects.MARKET)

    assert bought.number == "ST-202611-000001"
    assert (bought.opening_minor, bought.added_minor) == (0, 100_000_00)
    assert (bought.taken_minor, bought.closing_minor) == (-72_00, 99_928_00)
    assert (bought.charged_minor, bought.voucher_minor) == (72_00, 0)
    # 72.00 × 6 ÷ 106 = 4.0754…
    assert bought.taxes == [{"rate": "0.06", "charged_minor": 72_00, "tax_minor": 4_08}]
    assert [(each.reason, each.amount_minor) for each in lines(bought)] == [
        ("deposit", 100_000_00),
        ("order_cash", -72_00),
    ]
    assert (sold.added_minor, sold.taken_minor, sold.closing_minor) == (72_00, -2_16, 69_84)
    assert earned.closing_minor == 2_16
    assert bought.closing_minor == balance(accounts.buyer_cash(market.buyer.pk)).posted
    assert sold.closing_minor == balance(accounts.provider_payable(market.provider.pk)).posted


def test_lines_say_what_was_used_and_sums_are_by_order_chip_and_day():
    market = traded()
    made = issue(buyer(market))
    used = lines(made)[1]

    assert (used.chip, used.what, used.standard_hours) == ("NVIDIA A100 80GB SXM", "A100", 6)
    assert used.day == datetime(2026, 11, 20, tzinfo=UTC).date()
    with tenancy.acting_as_platform():
        for by in Grouping:
            sums = selectors.summed(made.pk, by)
            assert sum(each.net_minor for each in sums) == made.closing_minor


def test_what_vouchers_paid_stands_beside_what_cash_paid():
    market = traded()
    market.voucher("5000.00", share="0.50")
    market.use(market.order(cards=8, hours=2, starts_at=LATER), "5", hour=4)
    market.settle()

    made = issue(buyer(market))

    with tenancy.acting_as_platform():
        kept = {each.asset == "CNY": each for each in made.balances.all()}
    assert kept[False].closing_minor == kept[False].added_minor + kept[False].taken_minor
    assert made.voucher_minor == -kept[False].taken_minor == 30_00
    assert made.charged_minor == 72_00 + 30_00
    assert sum(each.standard_hours for each in lines(made)) == 11


def test_a_month_opens_with_what_the_last_one_closed_with():
    market = traded()
    first = issue(buyer(market))
    pay_in(market.buyer, 5_00, at=datetime(2026, 12, 3, tzinfo=UTC))

    second = issue(buyer(market), month=DECEMBER, now=ISSUED + timedelta(days=31))

    assert (second.opening_minor, second.closing_minor) == (99_928_00, 99_933_00)
    assert first.sequence + 1 == second.sequence


def test_what_comes_late_stands_on_the_next_statement_with_a_link():
    market = traded()
    first = issue(buyer(market))
    pay_in(market.buyer, 7_00, at=datetime(2026, 11, 30, tzinfo=UTC))

    second = issue(buyer(market), month=DECEMBER, now=ISSUED + timedelta(days=31))

    (late,) = lines(second)
    assert late.corrects_id == first.pk
    assert late.day < second.starts_on


def test_use_counts_in_the_month_in_which_it_was_used_however_late_it_is_charged():
    market = traded()
    order = market.order(cards=8, hours=2, starts_at=LATER)
    market.use(order, "1", hour=4)
    market.charge(at=ISSUED - timedelta(minutes=1))

    made = issue(buyer(market))

    assert made.charged_minor == 84_00


@pytest.mark.parametrize("hours", [-1, 0, 23])
def test_a_month_waits_for_its_end_and_its_grace(hours):
    market = traded()
    cut_off = datetime(2026, 11, 30, 16, tzinfo=UTC)
    with pytest.raises(StatementNotDue):
        issue(buyer(market), now=cut_off + timedelta(hours=hours))


def test_a_month_is_stated_once_and_in_turn():
    market = traded()
    issue(buyer(market))
    for month in (MONTH, datetime(2026, 10, 1, tzinfo=UTC).date()):
        with pytest.raises(StatementIssued):
            issue(buyer(market), month=month)
    with pytest.raises(NothingToState):
        issue(buyer(market), month=DECEMBER, now=ISSUED + timedelta(days=31))
    with tenancy.acting_as_platform():
        assert Statement.objects.count() == 1


def test_a_cancelling_statement_mirrors_it_and_the_month_is_stated_anew():
    market = traded()
    first = issue(buyer(market))
    clerk = cast.somebody()

    undone = services.cancel_statement(
        statement_id=first.pk, reason="Wrong name", by_id=clerk.pk, now=ISSUED
    )
    again = issue(buyer(market))

    assert (undone.opening_minor, undone.closing_minor) == (99_928_00, 0)
    assert [each.amount_minor for each in lines(undone)] == [-100_000_00, 72_00]
    assert (again.closing_minor, again.number) == (99_928_00, "ST-202611-000003")
    with pytest.raises(StatementNotCancellable):
        services.cancel_statement(statement_id=first.pk, reason="?", by_id=clerk.pk, now=ISSUED)
    told = selectors.proof(first.number, first.content_hash)
    assert (told.is_same, told.cancelled_by) == (True, undone.number)


def test_only_the_latest_statement_is_cancelled():
    market = traded()
    first = issue(buyer(market))
    pay_in(market.buyer, 5_00, at=datetime(2026, 12, 3, tzinfo=UTC))
    issue(buyer(market), month=DECEMBER, now=ISSUED + timedelta(days=31))
    with pytest.raises(StatementNotCancellable):
        services.cancel_statement(
            statement_id=first.pk, reason="?", by_id=cast.somebody().pk, now=ISSUED
        )


def test_the_hash_is_that_of_the_texts_and_of_the_lines():
    market = traded()
    made = issue(buyer(market))
    with tenancy.acting_as_platform():
        plain = documents.plain_balances(made)
    assert made.content_hash == content_hash(documents.content(made, plain, ""))
    assert selectors.proof(made.number, "0" * 64).is_same is False


def test_a_round_issues_for_everybody_and_ends():
    market = traded()
    market.voucher("100.00")
    assert services.begin_rounds(now=ISSUED) == 1
    assert services.begin_rounds(now=ISSUED) == 0
    while services.issue_due(now=ISSUED, limit=2):
        pass
    with tenancy.acting_as_platform():
        assert StatementRound.objects.get().due_at is None
        sides = sorted(Statement.objects.values_list("side", flat=True))
    assert sides == ["BUYER", "MARKET", "PROGRAMME", "PROVIDER"]


def test_a_programme_is_stated_by_its_budget():
    market = traded()
    code = market.voucher("5000.00")
    with tenancy.acting_as_platform():
        found = next(each for each in subjects.all_of_them() if each.key == code)
    made = issue(found)
    assert (made.added_minor, made.taken_minor) == (5_000_00, -5_000_00)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE statements_statement SET closing_minor = 1, taken_minor = 1",
        "UPDATE statements_statementline SET amount_minor = amount_minor + 1",
        "DELETE FROM statements_statementline",
        "DELETE FROM statements_statement",
        "UPDATE statements_taxrate SET rate = 0",
        "UPDATE statements_statementbalance SET closing_minor = closing_minor + 1,"
        " added_minor = added_minor + 1",
    ],
    ids=["sum", "line", "no line", "no statement", "rate", "balance"],
)
def test_the_database_keeps_what_was_issued(attack):
    market = traded()
    issue(buyer(market))
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(attack)


def test_a_statement_that_does_not_add_up_cannot_be_written():
    market = traded()

    def write_one_that_does_not() -> None:
        made = issue(buyer(market))
        StatementBalance.objects.create(
            statement=made,
            organization=made.organization,
            account="x",
            account_number=1,
            kind="buyer_cash",
            asset="CNY",
            opening_minor=5,
            added_minor=0,
            taken_minor=0,
            closing_minor=5,
            lines_count=0,
            taken_through=0,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        write_one_that_does_not()


def test_nobody_else_reads_a_statement():
    market = traded()
    issue(buyer(market))
    other = cast.organization("Other")
    with tenancy.acting_as(other.pk):
        assert not Statement.objects.exists()
    with tenancy.acting_as(market.buyer.pk):
        assert Statement.objects.count() == 1


def test_a_subject_without_accounts_has_nothing_to_state():
    with pytest.raises(NothingToState):
        issue(Subject(BillSide.PROGRAMME, "NONE", cast.organization("X").pk))
