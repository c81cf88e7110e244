"""What a resource cost on the market over time: the versions of the plan that its listing bears."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from common import tenancy
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import figures
from marketplace.portal.templatetags import portal
from pricing import selectors as pricing_selectors
from pricing.contracts import RateUnit

STEPS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A list price from a moment on, and the hash of the version that says so."""

    since: str
    price: str
    content_hash: str


def price_steps(resource_id: UUID, *, now: datetime) -> list[PriceStep]:
    """
    Return the list prices of a resource that is on the market, the newest first, 12 at most.

    What comes is told, too: a rise is announced a week before.
    """
    with tenancy.acting_as_platform():
        listing = catalog_selectors.on_market([resource_id]).get(resource_id)
        if listing is None:
            return []
        plan_id = pricing_selectors.plan_of_version(listing.plan_version_id)
        found = pricing_selectors.versions(provider_id=listing.provider_id).filter(plan_id=plan_id)
        shown = list(found.order_by("-starts_at")[:STEPS_MAX])
        cards = pricing_selectors.kept_cards([each.pk for each in shown])
    return [
        PriceStep(
            figures.moment(each.starts_at),
            _price(
                catalog_rules.headline_prices(
                    cards[each.pk], listing.standard_factor, capacity_unit=listing.capacity_unit
                )
            ),
            each.content_hash,
        )
        for each in shown
        if each.ends_at is None or each.ends_at > listing.opened_at or each.starts_at > now
    ]


def _price(prices: Mapping[str, Any]) -> str:
    standard = prices["price_per_standard_hour"]
    if standard is not None:
        return _("%(price)s a standard hour") % {"price": portal.price(standard)}
    return f"{portal.price(prices['headline_price'])} / {RateUnit(prices['headline_unit']).label}"
