"""Money that comes and goes, and what is left of it."""

from uuid import uuid4

from common import tenancy
from identity.approvals import selectors as proposals
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.payments import services
from marketplace.payments.contracts import (
    REFUND_KIND,
    MovementDraft,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.models import Movement, PaymentSource
from tests import cast as people
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


def clerk() -> Person:
    desk = people.organization("Desk")
    return Person(people.member(desk, Role.FINANCE).pk, desk.pk)


def member(owner: Organization) -> Person:
    return Person(people.member(owner, Role.BUYER).pk, owner.pk)


def approved(movement: Movement) -> Movement:
    """Return a refund that somebody of finance approved."""
    found = proposals.waiting(kind=REFUND_KIND).get(reference=movement.number)
    person = clerk()
    return services.confirm_refund(
        proposal_id=found.pk,
        person_id=person.id,
        organization_id=person.organization_id,
        now=NOW,
    )


def refund(owner: Organization, amount: int, of: PaymentSource) -> Movement:
    return services.ask_refund(
        source_id=of.pk, amount_minor=amount, key=uuid4().hex, by=member(owner), now=NOW
    )


def moved(movement: Movement, *steps: MovementState) -> Movement:
    for step in steps:
        if step == STATES.APPROVED:
            with tenancy.acting_as_platform():
                movement = approved(movement)
            continue
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
        found = ledger.balances([code]).get(code)
    return found.available if found else 0
