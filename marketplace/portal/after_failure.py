"""What an order's page says after a delivery failed: what serves instead, or how to order again."""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.demands import selectors as demands_selectors
from marketplace.demands.contracts import DemandState, DemandTerms, Need, Option

LEAD: Final = timedelta(minutes=3)  # how soon what is ordered elsewhere begins at the earliest


def instead(order: Any, *, is_failed: bool, at: datetime) -> dict[str, Any]:
    """Return, for the buyer of an order, what became of its demand, and the way elsewhere."""
    if not is_failed:
        return _instead_of(order)
    reopening = demands_selectors.reopened_by(order.pk)
    if reopening is None:
        return {"elsewhere": _elsewhere(order, at=at)}
    demand = reopening.demand
    serves = demand.state in (DemandState.WAITING, DemandState.FILLED)
    return {
        "after_failure": _told(demand),
        "after_failure_at": (reverse("portal:demand", args=[demand.pk]), demand.number),
        "elsewhere": "" if serves else _elsewhere(order, at=at),
    }


def terms_elsewhere(order: Any, *, at: datetime) -> DemandTerms | None:
    """
    Return the demand for what an order was for, at any other provider and at the market's price.

    Nothing of it was delivered: it is asked for whole, from its start on or, where that has passed,
    from soon on. What others ask is theirs to say: the buyer sees it, and may set a limit. Nothing
    where its time is over, or it cost nothing.
    """
    listing = order.listing or order.wanted_listing
    soon = (at + LEAD).replace(second=0, microsecond=0)
    starts_at = max(order.starts_at, soon)
    seconds = int((order.ends_at - order.starts_at).total_seconds())
    if listing is None or order.ends_at <= soon or not order.gross_minor:
        return None
    need = Need(
        resource_class=listing.resource_class,
        chips=(listing.chip,) if listing.chip else (),
        never=(listing.provider_id,),
    )
    option = Option(need, order.units_milli, starts_at, seconds)
    return DemandTerms(
        (option,),
        at_market_price=True,
        use_vouchers=order.use_vouchers,
        project_id=order.project_id,
    )


def _elsewhere(order: Any, *, at: datetime) -> str:
    if terms_elsewhere(order, at=at) is None:
        return ""
    return f"{reverse('portal:demand-new')}?{urlencode({'instead': order.pk})}"


def _instead_of(order: Any) -> dict[str, Any]:
    """Return which order was not delivered before a demand took this one."""
    # What a demand ordered bears its number as its key, and what it ordered first ends in 1.
    if not order.key.startswith("D-") or order.key.endswith("/1"):
        return {}
    earlier = demands_selectors.replaced_by(order.pk)
    if earlier is None:
        return {}
    return {
        "after_failure": _("It serves instead of an order that was not delivered."),
        "after_failure_at": (
            reverse("portal:order", args=[earlier.order_id]),
            earlier.order.number,
        ),
    }


def _told(demand: Any) -> str:
    if demand.state == DemandState.WAITING:
        return _("Not delivered; the alternatives of its demand are looked at again.")
    if demand.state == DemandState.FILLED:
        said = {"number": demand.option + 1}
        return _("Not delivered; alternative %(number)s of its demand serves instead.") % said
    return _("Not delivered; none of the alternatives of its demand serves instead.")
