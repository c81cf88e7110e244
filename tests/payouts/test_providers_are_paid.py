"""Providers are paid by runs: proposed, approved by another, sent, answered, or booked back."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.approvals.contracts import ProposalDecided, ProposalWaits
from identity.contracts import SecondPersonRequired
from marketplace import accounts
from marketplace.payments import services as payments
from marketplace.payouts import answers, bank_files, rules, selectors, services
from marketplace.payouts.contracts import (
    Answer,
    BankAnswer,
    InvalidBankAccount,
    NewAccount,
    NothingToPay,
    RunNotSendable,
    RunStale,
    RunState,
    Skipped,
    UntilRefused,
)
from marketplace.payouts.rules import Owed, PaidTo
from tests.payouts.cast import (
    NOON,
    NOW,
    TODAY,
    account,
    approve,
    approved,
    desk,
    earn_more,
    earned,
    lines,
    owed,
    payable,
    propose,
)
from tests.settlement.cast import balance, is_balanced

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return earned()


@pytest.fixture
def two():
    return desk()


def answer(line, said: Answer = Answer.PAID, minor: int | None = None) -> BankAnswer:
    return BankAnswer(1, line.movement.number, minor or line.amount_minor, said, "closed")


def taken(run, *said: BankAnswer):
    return services.take_answers(run_id=run.pk, answers=said, now=NOW)


@pytest.mark.parametrize(
    ("available", "later", "owes", "frozen", "expected"),
    [
        (100_00, 0, 0, 0, (0, 100_00, Skipped.NONE)),
        (100_00, 30_00, 0, 0, (0, 70_00, Skipped.NONE)),
        (100_00, 0, 40_00, 0, (40_00, 60_00, Skipped.NONE)),
        (100_00, 0, 100_00, 0, (100_00, 0, Skipped.OWES)),
        (100_00, 0, 130_00, 0, (100_00, 0, Skipped.OWES)),
        (100_00, 0, 0, 20_00, (0, 80_00, Skipped.NONE)),
        (100_00, 0, 0, None, (0, 0, Skipped.FROZEN)),
        (100_00, 0, 99_01, 0, (99_01, 0, Skipped.BELOW_THRESHOLD)),
    ],
)
def test_what_is_paid_is_what_is_owed_less_what_is_netted_and_frozen(
    market, available, later, owes, frozen, expected
):
    provider = market.provider.pk
    (line,) = rules.plan(
        {provider: Owed(available, later, owes, frozen)},
        {provider: PaidTo(provider, NOW)},
        threshold_minor=1_00,
        at=NOW,
    )

    assert (line.netted_minor, line.amount_minor, line.skipped) == expected


def test_a_run_pays_once_and_is_confirmed_by_the_bank(market, two):
    account(market.provider)
    run, proposed = propose(two[0])
    assert (run.amount_minor, payable(market.provider)) == (69_84, 69_84)

    with pytest.raises(SecondPersonRequired):
        approve(proposed, two[0])
    run = approve(proposed, two[1])
    with pytest.raises(ProposalDecided):
        approve(proposed, two[1])
    assert payable(market.provider) == 0

    sent = [services.send_run(run_id=run.pk, now=NOW) for _n in range(2)]
    (line,) = lines(run)
    first, again = taken(run, answer(line)), taken(run, answer(line))

    assert {each.state for each in sent} == {RunState.SENT}
    assert (first.paid, again.known) == (1, 1)
    with tenancy.acting_as_platform():
        assert selectors.run(run.pk).state == RunState.DONE
    assert is_balanced()


def test_what_comes_back_is_booked_back_even_after_it_was_paid(market, two):
    account(market.provider)
    run = approved(two)
    services.send_run(run_id=run.pk, now=NOW)
    (line,) = lines(run)
    taken(run, answer(line))

    back = taken(run, answer(line, Answer.RETURNED))

    assert (back.returned, payable(market.provider)) == (1, 69_84)
    assert balance(accounts.clearing_out("BANK")).posted == 0
    assert lines(run)[0].movement.failure == "closed"
    assert is_balanced()


def stated(line, sign: str, *, by):
    """Import a statement of the bank that names a payout."""
    amount = bank_files.yuan(line.amount_minor)
    raw = f"date,amount,text\n{TODAY},{sign}{amount},{line.movement.number}\n".encode()
    return payments.import_statement(raw=raw, file_name="bank.csv", by=by, now=NOW)


@pytest.mark.parametrize("is_noted", [True, False], ids=["after it was sent", "before it is noted"])
def test_a_statement_of_the_bank_confirms_a_run_and_ends_it(market, two, is_noted):
    account(market.provider)
    run = approved(two)
    if is_noted:
        services.send_run(run_id=run.pk, now=NOW)
    assert services.finish_runs(now=NOW) == 0
    [line] = lines(run)

    taken_in = stated(line, "-", by=two[0])

    assert taken_in.matched_count == 1
    if not is_noted:
        services.send_run(run_id=run.pk, now=NOW)
    assert (services.finish_runs(now=NOW), services.finish_runs(now=NOW)) == (1, 0)
    with tenancy.acting_as_platform():
        assert selectors.run(run.pk).state == RunState.DONE
    assert balance(accounts.clearing_out("BANK")).posted == 0
    assert is_balanced()


def test_a_payout_that_the_bank_sends_back_is_booked_back_by_the_statement(market, two):
    account(market.provider)
    before = payable(market.provider)
    run = approved(two)
    services.send_run(run_id=run.pk, now=NOW)
    [line] = lines(run)
    for sign in ("-", ""):
        stated(line, sign, by=two[0])

    assert payable(market.provider) == before
    assert balance(accounts.clearing_out("BANK")).posted == 0
    assert services.finish_runs(now=NOW) == 1


def test_a_bad_line_of_the_answer_says_why_and_spoils_no_other(market, two):
    account(market.provider)
    run = approved(two)
    with pytest.raises(RunNotSendable):
        taken(run)
    services.send_run(run_id=run.pk, now=NOW)
    (line,) = lines(run)

    told = taken(
        run,
        answer(line, minor=1),
        BankAnswer(2, "M-999999", 1, Answer.PAID),
        answer(line),
        answer(line, Answer.RETURNED),
    )

    assert (told.paid, [each.code for each in told.bad]) == (
        1,
        ["other_amount", "unknown_payout", "twice"],
    )


def test_who_has_no_account_or_a_new_one_waits(market, two):
    with pytest.raises(NothingToPay):
        propose(two[0])
    account(market.provider, now=NOW)
    with tenancy.acting_as_platform():
        (line,) = selectors.plan(until=TODAY, threshold_minor=1, now=NOW).lines
    assert line.skipped == Skipped.COOLING


def test_a_new_account_stops_a_run_that_was_proposed_for_the_old_one(market, two):
    account(market.provider)
    _run, proposed = propose(two[0])
    account(market.provider, "6222000000009999", now=NOW - timedelta(hours=1))

    with pytest.raises(RunStale):
        approve(proposed, two[1])
    assert payable(market.provider) == 69_84


def test_what_is_frozen_stays_until_another_person_lets_it_go(market, two):
    account(market.provider)
    made = services.freeze(
        provider_id=market.provider.pk,
        amount_minor=60_00,
        reason="a dispute",
        person_id=two[0].id,
        now=NOON,
    )
    run, proposed = propose(two[0])
    assert run.amount_minor == 9_84
    approve(proposed, two[1])

    with pytest.raises(SecondPersonRequired):
        services.unfreeze(freeze_id=made.pk, by=two[0], now=NOW)
    services.unfreeze(freeze_id=made.pk, by=two[1], now=NOW)
    assert approved(two).amount_minor == 60_00


def test_the_fee_of_a_voucher_trade_is_owed_and_netted(two):
    market = earned("1")
    market.voucher("5000.00", share="1.00")
    order = market.order(cards=8, hours=2, starts_at=NOON + timedelta(hours=2))
    market.use(order, "4", hour=2)
    market.settle()
    account(market.provider)
    before = payable(market.provider), owed(market.provider)

    run = approved(two)

    assert before[1] >= 0
    assert payable(market.provider) == 0
    assert owed(market.provider) == 0
    assert run.amount_minor == before[0] - before[1]
    assert is_balanced()


def test_one_run_waits_at_a_time_and_only_days_that_are_over_are_paid(market, two):
    account(market.provider)
    propose(two[0])
    earn_more(market.provider, 5_00, "more")

    with pytest.raises(ProposalWaits):
        propose(two[0])
    with pytest.raises(UntilRefused):
        propose(two[0], until=TODAY + timedelta(days=1))


def test_the_bank_gets_a_file_with_control_totals_and_its_answer_is_read(market, two, tmp_path):
    account(market.provider)
    run = approved(two)
    services.send_run(run_id=run.pk, now=NOW)
    (line,) = found = lines(run)

    message = ET.fromstring(bank_files.written(run, found, "xml"))  # noqa: S314 - our own
    table = bank_files.written(run, found, "csv").decode("utf-8-sig")
    assert bank_files.written(run, found, "xlsx")[:2] == b"PK"
    told = {each.tag.partition("}")[2]: each.text for each in message.iter()}
    assert (told["NbOfTxs"], told["CtrlSum"], told["InstdAmt"]) == ("1", "69.84", "69.84")
    assert told["EndToEndId"] == line.movement.number
    head, first, total = table.splitlines()
    assert total.startswith("TOTAL,1,")
    path = tmp_path / "answer.csv"
    path.write_text("\n".join([f"{head},result", f"{first},已付", "M-7,x,y,z,b,1,CNY,r,maybe"]))

    good, bad = answers.read(path)
    assert (good.reference, good.answer) == (line.movement.number, Answer.PAID)
    assert bad.code == "unknown_result"


@pytest.mark.parametrize(
    "digits",
    [
        ("account_number", "12345"),
        ("account_number", "６２２２０００００００"),
        ("bank_code", "12"),
    ],
    ids=["short", "wide", "bank"],
)
def test_a_bank_account_is_digits(market, digits):
    facts = {"holder": "A", "bank_name": "B", "bank_code": "1" * 12, "account_number": "1" * 16}
    with pytest.raises(InvalidBankAccount) as refused:
        services.set_bank_account(
            provider_id=market.provider.pk,
            account=NewAccount(**facts | {digits[0]: digits[1]}),
            person_id=1,
            now=NOW,
        )
    assert refused.value.field == digits[0]


def test_the_database_pays_nothing_that_nobody_agreed_on(market, two):
    account(market.provider)
    run, _proposed = propose(two[0])
    for statement in (
        "UPDATE payouts_payoutrun SET state = 'APPROVED', approved_at = now(),"
        " approved_by_id = (SELECT max(id) FROM identity_user)",
        "UPDATE payouts_payoutrun SET amount_minor = 1",
        "UPDATE payouts_payoutline SET amount_minor = 1",
        "UPDATE payouts_bankaccount SET account_number = '99999999'",
        "DELETE FROM payouts_payoutline",
    ):
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(statement)
    assert run.state == RunState.PROPOSED
