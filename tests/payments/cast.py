"""Money that comes and goes, and what is left of it."""

from uuid import uuid4

from common import tenancy
from identity.models import Organization
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.payments import services
from marketplace.payments.contracts import MovementDraft, MovementKind, MovementState, PayChannel
from marketplace.payments.models import Movement, PaymentSource
from tests import factories
from tests.cast import NOW

STATES = MovementState


def buyer(cash: str = "0", name: str = "Haichao") -> Organization:
    return factories.BuyerFactory(stem=name, cash=cash)


def source(owner: Organization, *, channel: PayChannel = PayChannel.STRIPE) -> PaymentSource:
    with tenancy.acting_as_platform():
        return PaymentSource.objects.create(
            organization=owner, channel=channel, reference=f"pi_{uuid4().hex}", first_seen_at=NOW
        )


def asked(owner: Organization, amount: int, kind: MovementKind, **facts) -> Movement:
    channel = facts.pop("channel", PayChannel.STRIPE)
    draft = MovementDraft(
        kind=kind,
        channel=channel,
        organization_id=owner.pk,
        amount_minor=amount,
        key=facts.pop("key", uuid4().hex),
        **facts,
    )
    return services.ask_money([draft], now=NOW)[0]


def moved(movement: Movement, *steps: MovementState) -> Movement:
    for step in steps:
        [movement] = services.move_money([movement.pk], step, now=NOW)
    return movement


def paid_in(owner: Organization, amount: int) -> PaymentSource:
    """Return the source of a top-up by card that arrived."""
    made = source(owner)
    moved(asked(owner, amount, MovementKind.TOP_UP, source_id=made.pk), STATES.SENT, STATES.DONE)
    return made


def posted(code: str) -> int:
    with tenancy.acting_as_platform():
        return ledger.balances([code])[code].posted


def available(owner: Organization) -> int:
    code = accounts.buyer_cash(owner.pk)
    with tenancy.acting_as_platform():
        return ledger.balances([code])[code].available
