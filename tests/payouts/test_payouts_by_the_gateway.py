"""Runs that the gateway pays: a transfer each, once, whoever dies, and back where it came from."""

import signal
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import DatabaseError, transaction

from common import clock, tenancy
from common.moments import market_date
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.payments import services as payments
from marketplace.payments.contracts import MovementState
from marketplace.payments.models import MoneyDifference, Movement
from marketplace.payments.services import sending
from marketplace.payouts import selectors, services
from marketplace.payouts.contracts import (
    Answer,
    BankAnswer,
    InvalidGatewayAccount,
    NewAccount,
    PayoutChannel,
    PayoutChannelMissing,
    RunNotSendable,
    RunState,
    Skipped,
)
from marketplace.payouts.models import BankAccount
from marketplace.settlement.contracts import Party
from tests import cast
from tests.payments.conftest import SECRET
from tests.payments.killed import sent_and_killed
from tests.payouts.cast import account, payable
from tests.settlement.cast import adjusted, balance


def connected(provider, gateway=None, name: str = "acct_1234567890") -> BankAccount:
    """Let a provider be paid to an account at the gateway that has cooled."""
    if gateway is not None:
        name = gateway.state.make("account", {"metadata": {}})["id"]
    return services.set_bank_account(
        provider_id=provider.pk,
        account=NewAccount(holder=provider.name, account_number=name, channel=PayoutChannel.STRIPE),
        person_id=cast.member(provider, Role.PROVIDER).pk,
        now=clock.now() - timedelta(days=9),
    )


def payee():
    found = cast.organization("Provider")
    adjusted(found, payee=Party.PROVIDER, amount_minor=120_00)
    return found


def approved():
    """Return a run by the gateway that two agreed on."""
    desk = cast.organization("Desk")
    first, second = (cast.member(desk, Role.FINANCE) for _n in range(2))
    now = clock.now()
    _run, waiting = services.propose_run(
        until=market_date(now),
        threshold_minor=100,
        by=Person(first.pk, desk.pk),
        now=now,
        channel=PayoutChannel.STRIPE,
    )
    return services.approve_run(
        proposal_id=waiting.id, person_id=second.pk, organization_id=desk.pk, now=clock.now()
    )


def drain(later: timedelta = timedelta(0)) -> None:
    while payments.send_due(now=clock.now() + later):
        pass


def told(gateway) -> None:
    for body, signature in gateway.take():
        payments.hear_event(body=body, signature=signature, now=clock.now())


def movement() -> Movement:
    with tenancy.acting_as_platform():
        return Movement.objects.get(kind="PAYOUT")


def state(run) -> str:
    with tenancy.acting_as_platform():
        return selectors.run(run.pk).state


@pytest.fixture
def provider(fresh_database, gateway):
    found = payee()
    connected(found, gateway)
    return found


@pytest.mark.parametrize("mischief", ["", "timeout_after_effect", "error_then_success"])
def test_a_run_is_transferred_once_whatever_the_gateway_answers(provider, gateway, mischief):
    if mischief:
        gateway.state.mischief.ask(mischief, 1)
    run = approved()
    assert (run.state, payable(provider)) == (RunState.SENT, 0)

    drain()
    drain(timedelta(minutes=2))
    gateway.state.mischief.ask("duplicate", 2)
    told(gateway)

    assert movement().state == MovementState.DONE
    assert len(gateway.state.all("transfer")) == 1
    assert services.finish_runs(now=clock.now()) == 1
    assert state(run) == RunState.DONE
    assert balance(accounts.clearing_out("STRIPE")).posted == 0
    answer = BankAnswer(1, movement().number, 120_00, Answer.PAID)
    with pytest.raises(RunNotSendable):
        services.take_answers(run_id=run.pk, answers=[answer], now=clock.now())


def test_who_is_killed_after_the_transfer_leaves_one(provider, gateway):
    approved()
    assert sent_and_killed(gateway, SECRET) == -signal.SIGKILL
    assert movement().state == MovementState.APPROVED

    drain(sending.LEASE)
    told(gateway)

    assert len(gateway.state.all("transfer")) == 1
    assert (movement().state, payable(provider)) == (MovementState.DONE, 0)
    assert balance(accounts.clearing_out("STRIPE")).posted == 0


def test_a_transfer_that_came_back_is_the_providers_again_in_any_order(provider, gateway):
    from marketplace.demo.gateway import payments as pays

    approved()
    drain()
    pays.reverse(gateway.state, movement().reference, {})
    events = gateway.take()
    assert len(events) == 2
    ends = set()
    for order in permutations(events):
        with transaction.atomic():
            for body, signature in (*order, *order):
                payments.hear_event(body=body, signature=signature, now=clock.now())
            ends.add((movement().state, payable(provider)))
            transaction.set_rollback(True)

    assert ends == {(MovementState.RETURNED, 120_00)}


def test_a_part_that_came_back_is_a_difference_and_moves_nothing(provider, gateway):
    from marketplace.demo.gateway import payments as pays

    approved()
    drain()
    pays.reverse(gateway.state, movement().reference, {"amount": "2000"})
    told(gateway)

    assert payable(provider) == 0
    with tenancy.acting_as_platform():
        assert list(MoneyDifference.objects.values_list("kind", "theirs_minor")) == [
            ("AMOUNT", 20_00)
        ]


def test_a_transfer_that_the_gateway_refuses_is_the_providers_again(provider, gateway):
    gateway.state.kinds["account"].clear()
    run = approved()

    drain()

    assert (movement().state, payable(provider)) == (MovementState.RETURNED, 120_00)
    assert services.finish_runs(now=clock.now()) == 1
    assert state(run) == RunState.DONE


def test_by_the_gateway_those_are_paid_who_have_an_account_there(db, gateway):
    other = payee()
    account(other, now=clock.now() - timedelta(days=9))
    with tenancy.acting_as_platform():
        plan = selectors.plan(
            until=market_date(clock.now()),
            threshold_minor=1,
            now=clock.now(),
            channel=PayoutChannel.STRIPE,
        )

    assert [each.skipped for each in plan.lines] == [Skipped.NO_ACCOUNT]


def test_without_a_gateway_no_run_goes_by_it(db):
    connected(payee())
    with pytest.raises(PayoutChannelMissing):
        approved()


@pytest.mark.parametrize("name", ["6222000000001234", "acct_", "acct_12 34567890", "acct_é2345678"])
def test_an_account_at_the_gateway_has_its_form(db, name):
    found = cast.organization("Provider")
    with pytest.raises(InvalidGatewayAccount):
        connected(found, name=name)
    kept = account(found)
    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.acting_as_platform():
        BankAccount.objects.create(
            provider=found,
            channel=PayoutChannel.STRIPE,
            account_number=name,
            added_at=kept.added_at,
            added_by_id=kept.added_by_id,
            usable_from=kept.usable_from,
        )
