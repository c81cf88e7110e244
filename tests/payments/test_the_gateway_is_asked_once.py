"""Top-ups and refunds by the real client against a gateway over HTTP that misbehaves on command."""

from datetime import timedelta

import pytest

from common import clock, tenancy
from marketplace import accounts
from marketplace.payments import channels, services
from marketplace.payments.contracts import (
    DifferenceKind,
    EventOutcome,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.models import MoneyDifference, Movement, PaymentSource
from marketplace.payments.services.sending import _order
from tests.payments import cast
from tests.payments.cast import approved, asked, available, buyer, posted


def drain(later: timedelta = timedelta(0)) -> None:
    while services.send_due(now=clock.now() + later):
        pass


def state(movement: Movement) -> str:
    with tenancy.acting_as_platform():
        movement.refresh_from_db()
    return movement.state


def told(gateway) -> list[EventOutcome]:
    return [
        services.hear_event(body=body, signature=signature, now=clock.now())
        for body, signature in gateway.take()
    ]


def pay(gateway, movement: Movement, card: str = "4242424242424242") -> bool:
    from marketplace.demo.gateway import payments

    return payments.pay(
        gateway.state, gateway.state.get("checkout.session", movement.reference), card
    )


def top_up(owner, amount: int = 500_00) -> Movement:
    return services.top_up(
        organization_id=owner.pk,
        amount_minor=amount,
        key="once",
        person_id=cast.member(owner).id,
        now=clock.now(),
    )


def paid(gateway, owner) -> PaymentSource:
    movement = top_up(owner)
    drain()
    state(movement)
    pay(gateway, movement)
    told(gateway)
    with tenancy.acting_as_platform():
        return PaymentSource.objects.get(organization=owner)


@pytest.mark.parametrize("mischief", ["", "timeout_after_effect", "error_then_success", "too_many"])
def test_a_top_up_is_paid_once_and_booked_once_whatever_the_gateway_answers(
    fresh_database, gateway, mischief
):
    haichao = buyer()
    if mischief:
        gateway.state.mischief.ask(mischief, 1)
    movement = top_up(haichao)

    drain()
    drain(timedelta(minutes=2))
    assert state(movement) == MovementState.SENT
    assert movement.address.startswith(gateway.url)
    assert not pay(gateway, movement, "4000 0000 0000 0002")
    pay(gateway, movement)
    gateway.state.mischief.ask("duplicate", 2)
    gateway.state.mischief.ask("reordered", 1)
    told(gateway)

    assert (state(movement), available(haichao)) == (MovementState.DONE, 500_00)
    assert len(gateway.state.all("checkout.session")) == 1


def test_who_dies_between_the_call_and_the_commit_leaves_one_page_and_one_refund(
    fresh_database, gateway
):
    haichao = buyer()
    source = paid(gateway, haichao)
    refund = cast.refund(haichao, 200_00, source)
    with tenancy.acting_as_platform():
        approved(refund)
        refund.refresh_from_db()
    channels.channel(PayChannel.STRIPE).refund(_order(refund, now=clock.now()))  # And dies.

    drain()
    told(gateway)

    assert len(gateway.state.all("refund")) == 1
    assert (state(refund), available(haichao)) == (MovementState.DONE, 300_00)
    assert posted(accounts.clearing_out("STRIPE")) == 0


def test_an_event_may_come_before_the_reply(fresh_database, gateway):
    haichao = buyer()
    movement = top_up(haichao)
    sent = channels.channel(PayChannel.STRIPE).open_top_up(_order(movement, now=clock.now()))
    movement.reference = sent.reference
    pay(gateway, movement)

    told(gateway)
    assert (state(movement), available(haichao)) == (MovementState.DONE, 500_00)
    drain()
    assert (state(movement), available(haichao)) == (MovementState.DONE, 500_00)


def test_a_payment_that_nobody_told_of_is_found_by_looking(fresh_database, gateway):
    haichao = buyer()
    movement = top_up(haichao)
    drain()
    state(movement)
    pay(gateway, movement)
    gateway.state.outbox.clear()

    drain(timedelta(minutes=11))

    assert (state(movement), available(haichao)) == (MovementState.DONE, 500_00)
    with tenancy.acting_as_platform():
        late = MoneyDifference.objects.get()
    assert late.kind == DifferenceKind.LATE
    assert late.settled_at is not None


def test_reconciling_finds_what_the_gateway_knows_and_we_do_not(fresh_database, gateway):
    """As after a backup of yesterday: what was paid since is unknown here."""
    from marketplace.demo.gateway import payments

    payments.create_intent(gateway.state, {"amount": "700", "confirm": "true"}, "")
    payments.payout(gateway.state, {"amount": "300"}, "")
    services.ask_reconciliation(since=None, person_id=None, now=clock.now())

    assert services.reconcile_due(now=clock.now())

    with tenancy.acting_as_platform():
        found = dict(MoneyDifference.objects.values_list("kind", "theirs_minor"))
    assert found == {DifferenceKind.UNKNOWN_HERE: 700, DifferenceKind.TO_BANK: 300}


def test_a_refund_that_the_gateway_refuses_is_the_buyers_again(fresh_database, gateway):
    haichao = buyer()
    source = paid(gateway, haichao)
    charge = gateway.state.all("charge")[0]
    charge["amount_refunded"] = charge["amount"]
    refund = cast.refund(haichao, 200_00, source)
    with tenancy.acting_as_platform():
        approved(refund)

    drain()

    assert (state(refund), available(haichao)) == (MovementState.RETURNED, 500_00)
    assert refund.failure == "charge_already_refunded"


def test_without_a_gateway_a_movement_waits(fresh_database):
    movement = asked(buyer(), 5_00, MovementKind.TOP_UP)

    assert not services.send_due(now=clock.now())
    assert state(movement) == MovementState.REQUESTED
