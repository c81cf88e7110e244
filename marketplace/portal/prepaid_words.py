"""What a listing whose plan sells prepaid hours costs at least: they are bought whole."""

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.translation import gettext as _

from marketplace.catalog.least import Least
from marketplace.catalog.price_facts import sold_as
from marketplace.portal import figures
from pricing import plan_terms
from pricing.plan_models import PlanModel, PlanPart


def least_order(least: Least, terms: Any, *, capacity_unit: str) -> Least:
    """Return the least order of a listing with what it costs at least under the plan's terms."""
    whole = _whole_minor(terms, capacity_unit)
    return replace(least, least_minor=max(least.least_minor, whole))


def bought_whole(terms: Any, *, capacity_unit: str) -> str:
    """Return beside the price of an hour that prepaid hours are bought whole; else nothing."""
    whole = _whole_minor(terms, capacity_unit)
    if not whole:
        return ""
    told = _(
        "An hour's share of the prepaid hours, which are bought whole: an order that uses any costs"
        " at least %(price)s."
    )
    return told % {"price": figures.money(whole)}


def _whole_minor(terms: Any, capacity_unit: str) -> int:
    """Return the price of all prepaid hours of a contract, in minor units rounded up."""
    parts = plan_terms.parse(terms).parts if terms else ()
    price = sum((part.price for part in parts if _is_owed(part, capacity_unit)), Decimal(0))
    return int((price * 100).to_integral_value(ROUND_CEILING))


def _is_owed(part: PlanPart, capacity_unit: str) -> bool:
    """Tell whether prepaid hours are part of such a listing's price, and nothing multiplies it."""
    is_own = not part.sold_as or part.sold_as == sold_as(capacity_unit)
    return part.model == PlanModel.PREPAID and is_own and not part.factors
