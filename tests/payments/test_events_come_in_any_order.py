"""Signed events of the gateway: in any order, any number of times, and only ours."""

import hashlib
import hmac
import json
from itertools import islice, permutations

import pytest
from django.db import transaction

from common import tenancy
from marketplace import accounts
from marketplace.payments import channels, services
from marketplace.payments.channels import EventRefused
from marketplace.payments.contracts import (
    DifferenceKind,
    EventOutcome,
    MovementKind,
    PayChannel,
)
from marketplace.payments.models import GatewayEvent, MoneyDifference
from marketplace.payments.stripe_channel import MOVEMENT, StripeChannel
from tests import factories
from tests.cast import NOW
from tests.payments import cast
from tests.payments.cast import STATES, asked, available, buyer, moved, paid_in, posted
from tests.payments.conftest import SECRET

pytestmark = pytest.mark.django_db
STAMP = int(NOW.timestamp())


@pytest.fixture(autouse=True)
def connected():
    channel = StripeChannel("sk_test_1", secrets=(SECRET,), is_live=False, account="acct_ours")
    channels.install([(PayChannel.STRIPE, channel)])
    yield
    channels.install([])


def signed(event: dict, *, at: int = STAMP, secret: str = SECRET) -> dict:
    body = json.dumps(event).encode()
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"body": body, "signature": f"t={at},v1={digest}"}


def event(name: str, number: int = 1, account: str | None = None, **about) -> dict:
    facts = {"livemode": False, "account": account} | {
        key: about.pop(key) for key in ("livemode",) if key in about
    }
    return {"id": f"evt_{name}_{number}", "type": name, "data": {"object": about}} | facts


def of_top_up(movement) -> list[dict]:
    intent = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 500_00,
        "currency": "cny",
        "metadata": {MOVEMENT: str(movement.pk)},
    }
    page = {
        "id": "cs_1",
        "object": "checkout.session",
        "amount_total": 500_00,
        "currency": "cny",
        "client_reference_id": str(movement.pk),
        "payment_intent": "pi_1",
    }
    charge = {"id": "ch_1", "object": "charge", "amount": 500_00, "currency": "cny"}
    return [
        event("payment_intent.created", status="requires_payment_method", **intent),
        event("payment_intent.payment_failed", status="requires_payment_method", **intent),
        event("payment_intent.succeeded", status="succeeded", amount_received=500_00, **intent),
        event("charge.succeeded", status="succeeded", **charge),
        event("checkout.session.completed", status="complete", payment_status="paid", **page),
        event("checkout.session.expired", status="expired", payment_status="unpaid", **page),
    ]


def hear(told: dict, **facts) -> EventOutcome:
    return services.hear_event(**signed(told, **facts), now=NOW)


def outcome_of(order, movement, owner) -> tuple:
    for told in (*order, *reversed(order)):  # Each of them twice, too.
        hear(told)
    with tenancy.acting_as_platform():
        movement.refresh_from_db()
        return (movement.state, available(owner), GatewayEvent.objects.count())


def ends_of_six(*, every: int = 1) -> set[tuple]:
    """Return what some of the 720 orders end in; each is undone before the next."""
    haichao = buyer()
    movement = moved(asked(haichao, 500_00, MovementKind.TOP_UP), STATES.SENT)
    found = set()
    for order in islice(permutations(of_top_up(movement)), 0, None, every):
        with transaction.atomic():
            found.add(outcome_of(order, movement, haichao))
            transaction.set_rollback(True)
    return found


def test_six_events_in_any_order_and_twice_end_in_one_state():
    # Every 31st of them: in these, too, each event comes at each place.
    assert ends_of_six(every=31) == {("DONE", 500_00, 6)}


@pytest.mark.slow
def test_all_720_orders_of_six_events_end_in_one_state():
    assert ends_of_six() == {("DONE", 500_00, 6)}


def test_a_refund_that_failed_after_all_is_the_buyers_again_in_any_order():
    haichao = buyer()
    source = paid_in(haichao, 500_00)
    refund = moved(cast.refund(haichao, 200_00, source), STATES.APPROVED)
    about = {
        "id": "re_1",
        "object": "refund",
        "amount": 200_00,
        "currency": "cny",
        "metadata": {MOVEMENT: str(refund.pk)},
    }
    told = [
        event("refund.created", status="pending", **about),
        event("refund.updated", status="succeeded", **about),
        event("refund.failed", status="failed", **about),
    ]
    found = set()

    for order in permutations(told):
        with transaction.atomic():
            found.add(outcome_of(order, refund, haichao))
            transaction.set_rollback(True)

    assert found == {("RETURNED", 500_00, 3)}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"amount_received": 500_01}, DifferenceKind.AMOUNT),
        ({"currency": "usd"}, DifferenceKind.AMOUNT),
        ({"livemode": True}, DifferenceKind.FOREIGN),
        ({"account": "acct_other"}, DifferenceKind.FOREIGN),
        ({"metadata": {MOVEMENT: str(factories.NOW)}}, DifferenceKind.UNKNOWN_HERE),
    ],
    ids=["amount", "currency", "livemode", "account", "unknown"],
)
def test_what_does_not_agree_with_our_order_moves_nothing_and_is_a_difference(change, kind):
    haichao = buyer()
    movement = moved(asked(haichao, 500_00, MovementKind.TOP_UP), STATES.SENT)
    told = of_top_up(movement)[2]
    for name, value in change.items():
        place = told if name in ("livemode", "account") else told["data"]["object"]
        place[name] = value

    assert hear(told) == EventOutcome.DIFFERENT

    assert available(haichao) == 0
    with tenancy.acting_as_platform():
        assert MoneyDifference.objects.get().kind == kind


@pytest.mark.parametrize(
    "spoiled",
    [{"at": STAMP - 600}, {"at": STAMP + 600}, {"secret": "whsec_old"}],
    ids=["too old", "from the future", "another secret"],
)
def test_what_is_not_signed_now_by_who_may_is_refused_and_not_kept(spoiled):
    movement = moved(asked(buyer(), 500_00, MovementKind.TOP_UP), STATES.SENT)

    with pytest.raises(EventRefused):
        hear(of_top_up(movement)[2], **spoiled)

    with tenancy.acting_as_platform():
        assert not GatewayEvent.objects.exists()


def test_the_bytes_are_kept_as_they_came():
    movement = moved(asked(buyer(), 500_00, MovementKind.TOP_UP), STATES.SENT)
    told = signed(of_top_up(movement)[2])

    services.hear_event(**told, now=NOW)

    with tenancy.acting_as_platform():
        assert bytes(GatewayEvent.objects.get().body) == told["body"]
    assert posted(accounts.gateway()) == -500_00
