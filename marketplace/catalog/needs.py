"""How long so much of a listing takes for what a job needs, in standard hours. Pure."""

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from marketplace.catalog.least import LEAST_SECONDS_MAX, Least

HOUR: Final = 3600


class NeedNotCounted(InvalidInput):
    """What a job needs says no length of an order of the listing."""

    code = "need_not_counted"
    sentence = _(
        "What the job needs says no length: the listing counts no standard hours, or it would take"
        " more than 366 days."
    )


def seconds_for(need: Decimal, *, milli: int, factor: Decimal | None, least: Least) -> int:
    """
    Return how many seconds so many thousandths take for some standard hours, in the least's steps.

    :raises NeedNotCounted: if no factor says what a unit is, or it would take too long
    """
    if factor is None or milli <= 0:
        raise NeedNotCounted(field="need_standard_hours")
    hours = Fraction(need) * 1000 / (milli * Fraction(factor))
    seconds = least.first_seconds(ceil(hours * HOUR))
    if seconds > LEAST_SECONDS_MAX:
        raise NeedNotCounted(field="need_standard_hours")
    return seconds
