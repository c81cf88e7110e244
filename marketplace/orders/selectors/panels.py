"""Where an order stands in clearing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise

from common import tenancy
from marketplace.orders.contracts import OrderState, RoundStep
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.selectors.listing import queue_position


@dataclass(frozen=True, slots=True)
class RoundLap:
    """A step of the clearing round and how long it took."""

    label: str | Promise
    microseconds: int

    @property
    def seconds(self) -> Decimal:
        """Return the length in seconds, to the millisecond."""
        return (Decimal(self.microseconds) / 1_000_000).quantize(Decimal("0.001"))


@dataclass(frozen=True, slots=True)
class ClearingPanel:
    """Where an order stands in clearing: waiting as "n of m", or cleared in a round."""

    is_live: bool
    position: int
    total: int
    number: str = ""
    rule_version: str = ""
    round_id: UUID | None = None
    input_hash: str = ""
    output_hash: str = ""
    cleared: int = 0
    rejected: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    laps: tuple[RoundLap, ...] = ()

    @property
    def microseconds(self) -> int:
        """Return how long the whole round took."""
        return sum(lap.microseconds for lap in self.laps)


def clearing_panel(order: Order) -> ClearingPanel | None:
    """Return where an order stands in clearing; counts span buyers, so the platform reads them."""
    if order.needs_review:
        return None
    with tenancy.acting_as_platform():
        if order.state == OrderState.PLACED:
            position, total = queue_position(order)
            return ClearingPanel(is_live=True, position=position, total=total)
        if order.round_id is None:
            return None
        # The snapshot holds what other buyers want: it is not read here.
        found = ClearingRound.objects.defer("snapshot", "result", "late_refusals").get(
            pk=order.round_id
        )
    return ClearingPanel(
        is_live=False,
        position=order.position or 0,
        total=found.order_count,
        number=found.number,
        rule_version=found.rule_version,
        round_id=found.pk,
        input_hash=found.input_hash,
        output_hash=found.output_hash,
        cleared=found.cleared_count,
        rejected=found.rejected_count,
        started_at=found.started_at,
        finished_at=found.finished_at,
        laps=tuple(
            RoundLap(RoundStep(lap["step"]).label, lap["microseconds"]) for lap in found.steps
        ),
    )
