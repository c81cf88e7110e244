"""The throughput of an API that answers so many tokens in a time."""

from fractions import Fraction
from uuid import UUID

from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.catalog import tokens
from marketplace.catalog.contracts import NotSoldByTokens
from marketplace.catalog.models import Listing


def throughput_of(
    *, listing_id: UUID | None, read: Fraction, generated: Fraction, period: Period
) -> int:
    """
    Return the thousandths of a token a second that a listing has to answer, in its own steps.

    :raises NotSoldByTokens: if there is no such listing, or it does not sell tokens
    """
    asked = Listing.objects.select_related("rule_version", "book").filter(pk__in=[listing_id])
    found = asked.first() if listing_id else None
    seconds = period.microseconds // 1_000_000
    if found is None or found.capacity_unit != CapacityUnit.TPS or not seconds:
        raise NotSoldByTokens(field="listing_id")
    weight = tokens.generated_weight(found.rule_version.definition)
    counted = read + generated * Fraction(weight)
    return found.least.first_milli(tokens.throughput_milli(counted, seconds))
