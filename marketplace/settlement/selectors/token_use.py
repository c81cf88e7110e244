"""What became of the tokens that an order committed: used, left, and how many in a minute."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from common import tenancy
from identity.contracts import CapacityUnit
from marketplace.catalog import tokens as catalog_tokens
from marketplace.settlement.selectors.reading import charges_of_order
from metering import selectors as metering_selectors

READ: Final = "api-token"
GENERATED: Final = "api-token-out"
CACHED: Final = "api-token-cached"
WINDOWS_MAX: Final = 5_000  # of which tokens are told by kind; those of orders with more are not
MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class TokenUse:
    """
    Tokens of an order as its measurement rule counts them: a generated one as `weight` read.

    `beyond` is what was measured over the commitment, and not charged. `most_a_minute` is the
    average of the window in which most were used. By kind they are told of
    orders of at most `WINDOWS_MAX` windows.
    """

    committed: Decimal
    a_minute: Decimal
    used: Decimal
    beyond: Decimal
    most_a_minute: Decimal | None
    weight: Decimal
    read: Decimal | None
    generated: Decimal | None
    cached: Decimal | None

    @property
    def left(self) -> Decimal:
        """Return what of the commitment was not used."""
        return self.committed - self.used

    @property
    def is_kept(self) -> bool:
        """Return whether no window asked for more than the commitment answers."""
        return not self.beyond


def token_use(order: Any) -> TokenUse | None:
    """Return what became of an order's tokens; nothing for orders of anything else."""
    listing = order.listing
    if listing is None or listing.capacity_unit != CapacityUnit.TPS:
        return None
    seconds = Decimal((order.ends_at - order.starts_at) // timedelta(seconds=1))
    charged = charges_of_order(order.pk).order_by()
    windows = charged.values("starts_at", "ends_at").annotate(
        used=Sum("quantity"), beyond=Sum("beyond_quantity")
    )
    rows = [
        (row["used"], row["beyond"], Decimal((row["ends_at"] - row["starts_at"]).total_seconds()))
        for row in windows.iterator(chunk_size=2_000)
    ]
    rates = [(used + beyond) * MINUTE / length for used, beyond, length in rows if length]
    read, generated, cached = _by_kind(order.pk) if rows else (None, None, None)
    return TokenUse(
        committed=Decimal(order.units_milli) * seconds / 1_000,
        a_minute=Decimal(order.units_milli) * MINUTE / 1_000,
        used=sum((row[0] for row in rows), Decimal(0)),
        beyond=sum((row[1] for row in rows), Decimal(0)),
        most_a_minute=max(rates) if rates else None,
        weight=catalog_tokens.generated_weight(listing.rule_version.definition),
        read=read,
        generated=generated,
        cached=cached,
    )


def _by_kind(order_id: UUID) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    # Usage is its provider's; of an order its parties may know the sums.
    with tenancy.acting_as_platform():
        found = metering_selectors.parts_of_subject(subject=order_id, limit=WINDOWS_MAX)
    if found is None:
        return None, None, None
    nothing = Decimal(0)
    return found.get(READ, nothing), found.get(GENERATED, nothing), found.get(CACHED, nothing)
