"""Real threads: what a voucher covered is disputed once, and claimed or frozen, never both."""

from contextlib import suppress

import pytest

from common import tenancy
from common.errors import Refusal
from ledger.contracts import TransferRefused
from marketplace import accounts
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.assurance.models import TradeDispute
from marketplace.assurance.services import disputing as disputing_services
from marketplace.claims import services as claims
from marketplace.claims.models import VoucherClaim
from marketplace.vouchers.models import Programme
from tests import databases
from tests.assurance.disputes import LATER, Disputing
from tests.instant import at_once
from tests.settlement.cast import balance, is_balanced

pytestmark = pytest.mark.slow
COVERED = 21_60  # 30 % of ¥72.00


def disputing(case, claimed=COVERED):
    def act():
        with suppress(Refusal):
            case.open(claimed, subject=DisputeSubject.COVER, subject_reference="")

    return act


def claiming(case):
    with tenancy.acting_as_platform():
        programme = Programme.objects.get(code=case.code)

    def act():
        with suppress(Refusal, TransferRefused):
            claims.submit_claim(
                programme_id=programme.pk,
                provider_id=case.market.provider.pk,
                person_id=case.clerk.id,
                now=LATER,
            )

    return act


def taken():
    """Return what is frozen and what was claimed, in fen."""
    with tenancy.acting_as_platform():
        frozen = sum(TradeDispute.objects.values_list("frozen_minor", flat=True))
        return frozen, sum(VoucherClaim.objects.values_list("claimed_minor", flat=True))


def test_of_many_that_dispute_a_cover_at_once_one_does(fresh_database):
    case = Disputing(share="0.30")

    assert at_once(*[disputing(case, 10_00 + number) for number in range(8)]) == []

    frozen, _claimed = taken()
    held = balance(accounts.voucher_claim(case.code, case.market.provider.pk))
    assert 10_00 <= frozen == held.pending <= 10_07


def test_without_the_constraint_several_dispute_it(fresh_database):
    case = Disputing(share="0.30")
    with databases.admin(fresh_database) as admin:
        admin.execute("DROP INDEX dispute_under_way_once")

    at_once(*[disputing(case, 1_00) for _number in range(8)])

    with tenancy.acting_as_platform():
        assert TradeDispute.objects.count() > 1


@pytest.mark.parametrize("turn", range(3))
def test_a_cover_is_claimed_of_its_programme_or_frozen(fresh_database, turn):
    case = Disputing(share="0.30")

    assert at_once(claiming(case), disputing(case)) == []

    assert sum(taken()) == COVERED
    assert is_balanced()


def test_without_turns_it_is_both(fresh_database, monkeypatch):
    monkeypatch.setattr(disputing_services, "take_turns", lambda _kind: None)
    found = []
    for _turn in range(6):
        case = Disputing(share="0.30")
        before = sum(taken())
        at_once(claiming(case), disputing(case))
        found.append(sum(taken()) - before)

    assert max(found) == 2 * COVERED
