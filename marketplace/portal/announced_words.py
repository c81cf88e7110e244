"""Prices that are announced and hold later, in words: where one buys, not where one looks."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from marketplace.portal import figures, rates_form
from pricing import selectors as pricing_selectors


def announced_prices(plan_id: UUID, now: datetime) -> list[str]:
    """Return which prices of a plan hold later, each with its moment."""
    told = _("From %(moment)s the price is: %(prices)s.")
    return [
        told
        % {
            "moment": figures.moment(each.starts_at),
            "prices": "; ".join(rates_form.told(each.components, each.terms)),
        }
        for each in pricing_selectors.announced_versions(plan_id=plan_id, after=now)
    ]
