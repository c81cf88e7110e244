"""What goes wrong with one contract stays with it: the market's money goes on moving."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from common import tenancy
from common.money import InvalidAmount
from marketplace import accounts
from marketplace.settlement import services
from marketplace.settlement.contracts import ContractState, Measured
from marketplace.settlement.folding import in_every_unit
from marketplace.settlement.services import charging
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.models import Voucher
from pricing import rate_1 as pricing
from pricing.contracts import RateUnit
from tests.settlement.cast import HOUR, NOON, Market, balance, is_balanced, yuan

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


@pytest.fixture
def market() -> Market:
    return Market()


def test_a_contract_that_cannot_be_priced_stands_alone(market, monkeypatch):
    poisoned, sound = market.order(hours=1), market.order(hours=1)
    market.use(poisoned, "0.5")
    market.use(sound, "1")
    fold = charging.fold_usage

    def fold_or_fail(account, usage, **facts):
        if account.terms.order_id == poisoned.pk:
            raise InvalidAmount
        return fold(account, usage, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(charging, "fold_usage", fold_or_fail)
        market.settle()
    stuck = market.contract(poisoned)

    assert [charge.gross_minor for charge in market.charges(sound)] == [1_200]
    assert market.contract(sound).state == ContractState.SETTLED
    assert (stuck.state, stuck.is_behind, stuck.refusal_code) == (
        ContractState.ACTIVE,
        True,
        "invalid_amount",
    )
    # Once it can be priced it is, and nothing was lost of it.
    market.settle()
    assert [charge.gross_minor for charge in market.charges(poisoned)] == [600]
    assert market.contract(poisoned).state == ContractState.SETTLED
    assert is_balanced()


def test_what_is_stuck_is_tried_once_a_ring(market, monkeypatch):
    order = market.order(hours=2)
    for hour in (0, 1):
        market.use(order, "1", hour=hour)

    def fail(*_args, **_facts):
        raise InvalidAmount

    with monkeypatch.context() as patch:
        patch.setattr(charging, "fold_usage", fail)
        market.charge()

        again = services.charge_due(now=LATER, limit=1)

    assert (again.charges, again.is_full) == (0, False)
    assert market.contract(order).refusal_code == "invalid_amount"
    for _ring in range(2):
        services.charge_due(now=LATER, limit=1)
    assert [charge.gross_minor for charge in market.charges(order)] == [1_200, 1_200]


def test_the_smallest_part_of_a_token_can_be_priced():
    measured = Measured(Decimal("0.000000000001"), None)

    thousands = in_every_unit(measured, "token", uuid4()).of(RateUnit.KTOKEN)

    assert pricing._checked(thousands) == 0


def test_what_goes_back_to_a_voucher_that_is_over_goes_on_to_its_pool(market):
    programme = market.voucher("100.00", share="0.25")
    order = market.order(cards=8)
    market.use(order, "8")
    market.settle()
    over = LATER + timedelta(days=1000)
    vouchers.expire_vouchers(now=over)
    assert pool(programme) == "76.00"
    market.revise(order, "4")

    services.charge_due(now=over + HOUR)
    vouchers.expire_vouchers(now=over + HOUR)

    with tenancy.acting_as_platform():
        voucher = Voucher.objects.get(holder=market.buyer.pk)
    assert (market.claim(programme), pool(programme)) == ("12.00", "88.00")
    assert balance(accounts.voucher(voucher.pk)).posted == 0
    assert (voucher.returned_minor, voucher.sweep_at) == (8_800, None)
    assert is_balanced()


def pool(programme: str) -> str:
    return yuan(balance(accounts.voucher_pool(programme)).posted)
