"""No person, and no day, fills an account that others need."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from common import tenancy
from common.ids import uuid7
from common.money import AmountTooLarge
from common.period import Period
from identity.approvals.contracts import Person
from identity.contracts import Role
from ledger import selectors as posted
from ledger import services as ledger
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.accounts import TransferReason
from marketplace.limits import DayLimitReached
from marketplace.payments import services
from marketplace.payments.contracts import DEPOSIT_KIND
from marketplace.vouchers import services as vouchers
from tests import cast as people
from tests.approvals.cast import set_limit
from tests.orders.cast import NOW, buyer, cash, programme, voucher
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
BIGINT_MAX = 2**63 - 1
DAY = timedelta(days=1)


def record(owner, by, amount_minor, at=NOW):
    return services.record_deposit(
        organization_id=owner.pk,
        amount_minor=amount_minor,
        reference=uuid4().hex,
        by=Person(by.pk, owner.pk),
        now=at,
    )


@pytest.fixture
def small(settings):
    """Make the limits such that a test reaches them."""
    settings.ORDERS_DEPOSIT_MINOR_MAX = 100
    settings.ORDERS_DEPOSIT_PERSON_DAY_MINOR_MAX = 150
    settings.ORDERS_DEPOSIT_DAY_MINOR_MAX = 200
    settings.VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX = yuan("150")
    settings.VOUCHERS_GRANT_DAY_MINOR_MAX = yuan("200")


def test_a_deposit_a_person_and_a_day_have_their_limits(small):
    haichao, clerk, other = buyer(), people.somebody(), people.somebody()

    with pytest.raises(AmountTooLarge):
        record(haichao, clerk, 101)
    record(haichao, clerk, 100)
    with pytest.raises(DayLimitReached) as refused:
        record(haichao, clerk, 51)
    assert refused.value.facts["left_minor"] == 50
    record(haichao, clerk, 50)
    with pytest.raises(DayLimitReached):
        record(haichao, other, 51)
    record(haichao, other, 50)
    assert cash(haichao) == (200, 200)

    record(haichao, clerk, 100, at=NOW + DAY)  # The next day begins anew.
    assert cash(haichao) == (300, 300)


def test_what_waits_for_a_second_person_counts_too(small):
    set_limit(DEPOSIT_KIND, 90)
    haichao, clerk = buyer(), people.somebody()

    record(haichao, clerk, 100)

    with pytest.raises(DayLimitReached):
        record(haichao, clerk, 60)


def test_the_day_is_the_markets(small):
    """NOW is 16:00 where the market is: eight hours later another day has begun there."""
    haichao, clerk = buyer(), people.somebody()
    record(haichao, clerk, 100)

    record(haichao, clerk, 100, at=NOW + timedelta(hours=8))

    with pytest.raises(DayLimitReached):
        record(haichao, clerk, 51, at=NOW + timedelta(hours=9))


def test_grants_of_a_day_have_their_limits(small):
    city = programme("1000")
    voucher(buyer(), "100", city)

    with pytest.raises(DayLimitReached):
        voucher(buyer(), "51", city)
    voucher(buyer(), "50", city)


def post(client, path, body):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


AMOUNTS = [10**17 - 1, 10**17, 10**17 + 1, BIGINT_MAX - 1, BIGINT_MAX, BIGINT_MAX + 1, 10**30]


@pytest.mark.parametrize("amount_minor", AMOUNTS)
def test_every_door_for_money_names_its_limit(amount_minor):
    city, haichao = programme("1000"), buyer()
    desk = people.signed_in(people.member(people.organization("Desk"), Role.FINANCE))
    issuer = people.signed_in(people.officer(city.issuer, Role.ISSUER))
    client = people.signed_in(people.officer(haichao, Role.BUYER))
    doors = [
        (desk, "deposits", {"organization_id": str(haichao.pk), "reference": "B"}),
        (issuer, f"programmes/{city.pk}/fundings", {"reference": "B"}),
        (client, "voucher-applications", {"programme_id": str(city.pk)}),
    ]

    for browser, path, body in doors:
        reply = post(browser, path, body | {"amount_minor": amount_minor})

        assert (reply.status_code, reply.json()["code"]) == (400, "amount_too_large"), path
        assert reply.json()["errors"][0]["field"] == "amount_minor"


def test_a_clerk_cannot_fill_the_bank(settings):
    """Once 92 deposits of 10^17 fen left no room in the bank for anybody else."""
    haichao, clerk = buyer(), people.somebody()

    for _n in range(92):
        with pytest.raises((AmountTooLarge, DayLimitReached)):
            record(haichao, clerk, 10**17)

    days_until_full = BIGINT_MAX // settings.ORDERS_DEPOSIT_DAY_MINOR_MAX
    assert days_until_full > 5_000 * 366
    record(buyer(), clerk, 1)


def test_the_issuer_cannot_either(settings):
    city = programme("1000")
    with tenancy.acting_as_platform(), pytest.raises(AmountTooLarge):
        vouchers.fund_programme(
            programme_id=city.pk,
            amount_minor=settings.VOUCHERS_BUDGET_MINOR_MAX + 1,
            reference="x",
            by=Person(people.officer(city.issuer, Role.ISSUER).pk, city.issuer_id),
            now=NOW,
        )
    assert BIGINT_MAX // settings.VOUCHERS_BUDGET_DAY_MINOR_MAX > 5_000 * 366


def test_sums_beyond_bigint_are_told():
    """What moved in a period may be more than any account can hold: PostgreSQL sums as numeric."""
    tenancy.enter(tenancy.PLATFORM)
    money = accounts.buyer_cash(buyer("1").pk)
    bank, deposit, withdrawal = accounts.bank(), TransferReason.DEPOSIT, TransferReason.WITHDRAWAL
    moves = 60 * [(bank, money, deposit)] + 60 * [(money, bank, withdrawal)]
    ledger.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=debit,
                credit=credit,
                asset=accounts.CNY,
                amount=10**17,
                reason=reason,
                effective_at=NOW,
            )
            for debit, credit, reason in moves
        ]
    )

    (total,) = posted.posted_totals(period=Period(NOW, NOW + DAY))
    assert total.amount == 120 * 10**17 + yuan("1") > BIGINT_MAX
    assert posted.balances([bank])[bank].posted == -yuan("1")
