"""Why an order was filled or refused, computed again from the round that decided it."""

from dataclasses import replace
from uuid import UUID

from common import tenancy
from marketplace.orders import frozen, rules
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.onlooker import Looked
from marketplace.orders.whys import Judgement, SmallChange, SmallChangeKind, Why


def order_why(order: Order) -> Why | None:
    """
    Return why an order was filled or refused; nothing before a round decided it.

    The round says what others wished for: of it comes out only what listings had free at the
    order's own turn. Whether the reader may see the order is for the caller to ask.
    """
    if order.round_id is None:
        return None
    with tenancy.acting_as_platform():
        found = ClearingRound.objects.select_related("view").get(pk=order.round_id)
    snapshot = frozen.thawed_snapshot(found.whole_snapshot)
    looked = rules.look(snapshot, order.pk)
    return Why(
        rule_version=found.rule_version,
        at=snapshot.at,
        is_now=False,
        judgements=(_seen_late(looked, order),),
        changes=tuple(_changes(order, looked)) if order.state == OrderState.REJECTED else (),
        input_hash=found.input_hash,
        output_hash=found.output_hash,
        late_code=_late(found, order.pk),
        round_number=found.number,
        funds=looked.funds,
    )


def _late(found: ClearingRound, order_id: UUID) -> str:
    """Return what the database refused after the rule had filled the order."""
    late = {each["order_id"]: each["code"] for each in found.late_refusals}
    return str(late.get(str(order_id), ""))


def _seen_late(looked: Looked, order: Order) -> Judgement:
    """Return a judgement in which nothing is taken where the order came to nothing."""
    if order.listing_id is not None:
        return looked.judgement
    judged = tuple(replace(each, taken_milli=0) for each in looked.judgement.judged)
    return replace(looked.judgement, judged=judged)


def _changes(order: Order, looked: Looked) -> list[SmallChange]:
    """Return what the same round would have filled."""
    found = []
    if looked.largest_milli:
        smaller = SmallChange(
            SmallChangeKind.QUANTITY,
            is_now=False,
            units_milli=looked.largest_milli,
            before=order.units_milli,
            listings=(order.wanted_listing_id,) if order.wanted_listing_id else (),
        )
        found.append(smaller)
    if looked.funds is not None and looked.funds.missing_minor:
        missing = looked.funds.missing_minor
        found.append(SmallChange(SmallChangeKind.FUNDS, is_now=False, amount_minor=missing))
    return found
