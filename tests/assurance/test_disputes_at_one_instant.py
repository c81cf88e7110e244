"""Real threads: a contract is disputed once, and what is frozen no payout takes."""

from contextlib import suppress

import pytest

from common import tenancy
from common.errors import Refusal
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.assurance.models import TradeDispute
from marketplace.assurance.services import dispute_money
from marketplace.payouts.models import PayoutLine
from tests import databases
from tests.assurance.disputes import Disputing
from tests.instant import at_once
from tests.payouts import cast as payouts
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.slow


def opening(case, claimed):
    def act():
        with suppress(Refusal):
            case.open(claimed)

    return act


def frozen():
    with tenancy.acting_as_platform():
        return list(TradeDispute.objects.values_list("frozen_minor", flat=True))


def payable(case):
    with tenancy.acting_as_platform():
        (found,) = ledger.balances([accounts.provider_payable(case.market.provider.pk)]).values()
    return found


def test_of_many_that_dispute_a_contract_at_once_one_does(fresh_database):
    case = Disputing()

    assert at_once(*[opening(case, 10_00 + number) for number in range(8)]) == []

    (held,) = frozen()
    assert payable(case).pending == held


def test_without_the_constraint_several_do(fresh_database):
    case = Disputing()
    with databases.admin(fresh_database) as admin:
        admin.execute("DROP INDEX dispute_under_way_once")

    at_once(*[opening(case, 10_00 + number) for number in range(8)])

    assert len(frozen()) > 1


def of_two_things(case):
    """Claim ¥40.00 of ¥72.00 for a charge and ¥40.00 for the delivery at one instant."""

    def act(subject):
        def opens():
            with suppress(Refusal):
                case.open(40_00, subject=subject)

        return opens

    assert at_once(*[act(each) for each in ("CHARGE", "DELIVERY")]) == []
    with tenancy.acting_as_platform():
        return sum(TradeDispute.objects.values_list("claimed_minor", flat=True))


def test_two_things_disputed_at_once_claim_no_more_than_was_paid(fresh_database):
    assert of_two_things(Disputing()) == 40_00


def test_without_their_turns_both_claim_it(fresh_database):
    case = Disputing()
    with databases.admin(fresh_database) as admin:
        admin.execute("DROP TRIGGER dispute_moves ON assurance_tradedispute")

    found = {of_two_things(case)}
    for _turn in range(5):
        found.add(of_two_things(Disputing()))

    assert 80_00 in found or max(found) > 72_00


def paid_and_frozen():
    """Let a payout of all that is owed race with a dispute of ¥30.00; return both, in fen."""
    case = Disputing()
    payouts.account(case.market.provider)
    two = payouts.desk()
    _run, proposed = payouts.propose(two[0])

    def pay():
        with suppress(Refusal):
            payouts.approve(proposed, two[1])

    assert at_once(pay, opening(case, 30_00)) == []
    with tenancy.acting_as_platform():
        paid = sum(PayoutLine.objects.values_list("amount_minor", flat=True))
    return case, paid


def test_a_payout_takes_nothing_that_is_frozen(fresh_database):
    case, _paid = paid_and_frozen()
    found = payable(case)

    assert found.posted >= found.pending == sum(frozen())
    assert is_balanced()


def test_what_is_only_written_down_is_paid_out_all_the_same(fresh_database, monkeypatch):
    case = Disputing()
    payouts.account(case.market.provider)
    two = payouts.desk()
    monkeypatch.setattr(dispute_money.ledger_services, "hold", lambda *, transfers: None)
    dispute = case.open(30_00)
    _run, proposed = payouts.propose(two[0])
    payouts.approve(proposed, two[1])

    assert payable(case).posted < dispute.frozen_minor
