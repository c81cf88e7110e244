"""
Orders that wait for a second person of the buyer, where a cap asks for one.

What is proposed is the wish, and no order: nothing is set aside for it. Who approves places it
then, at a price no higher than the one that both have read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.budgets.contracts import ApprovalRequired
from marketplace.orders.contracts import ORDER_KIND, OrderWish, PriceRose
from marketplace.orders.models import Order
from marketplace.orders.services import placing, sets
from marketplace.orders.set_contracts import OrderedBeside


def place_or_propose(
    *,
    buyer_id: UUID,
    wish: OrderWish,
    by: Person,
    placed_at: datetime,
    beside: Sequence[OrderedBeside] = (),
) -> Order | Proposed:
    """
    Place an order, or propose it to another buyer of the organisation if a cap asks for that.

    With something beside it, it is placed with that or not at all, and nothing is proposed.

    :raises Refusal: as `place_order`, but for `ApprovalRequired`; with something beside it as
        `place_set`, `ApprovalRequired` too
    :raises ProposalWaits: if the same wish waits already
    """
    if beside:
        return sets.place_set(buyer_id=buyer_id, wish=wish, beside=beside, placed_at=placed_at)
    try:
        return placing.place_order(buyer_id=buyer_id, wish=wish, placed_at=placed_at)
    except ApprovalRequired as asked:
        draft = draft_of(buyer_id, wish, asked, by=by)
        return approvals_services.propose(draft, now=placed_at)


@transaction.atomic
def confirm_order(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Order:
    """
    Place an order that another buyer of the organisation proposed.

    :raises PriceRose: if it would cost more than was read
    :raises Refusal: as `place_order` and `settle`
    """
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=ORDER_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    wish = proposed_wish(agreed.content, person_id=agreed.proposed_by_id)
    buyer_id = UUID(agreed.content["organization_id"])
    order = placing.place_order(buyer_id=buyer_id, wish=wish, placed_at=now)
    most = agreed.content["amount_minor"]
    if most is not None and (order.gross_minor or 0) > most:
        raise PriceRose
    return order


def draft_of(buyer_id: UUID, wish: OrderWish, asked: ApprovalRequired, *, by: Person) -> Draft:
    """Return what a second person of the buyer reads of an order, with its wish as plain data."""
    amount = asked.facts["needed_minor"]
    return Draft(
        kind=ORDER_KIND,
        reference=f"{buyer_id}/{wish.key}"[:200],
        label=str(asked.facts["budget"])[:80],
        content={
            "organization_id": str(buyer_id),
            "amount_minor": amount,
            "from_minor": asked.facts["from_minor"],
            "wish": _plain(wish),
        },
        role=Role.BUYER,
        desk_id=buyer_id,
        amount_minor=amount,
        by=by,
        lapses_at=wish.period.starts_at,
        lapses_field="starts_at",
    )


def _plain(wish: OrderWish) -> Any:
    """Return a wish as plain data, but for the quote: it is over before anybody approves."""
    return msgspec.json.decode(msgspec.json.encode(replace(wish, quote_id=None)))


def proposed_wish(content: Mapping[str, Any], *, person_id: int) -> OrderWish:
    """Return the wish that a proposal keeps, approved, of the person who proposed it."""
    wish = msgspec.convert(content["wish"], OrderWish, strict=True, str_keys=True)
    return replace(wish, person_id=person_id, is_approved=True)
