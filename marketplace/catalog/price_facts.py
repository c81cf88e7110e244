"""What plans with factors may ask of a resource. Pure."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from identity.contracts import CapacityUnit
from pricing import rate_4
from pricing.plan_models import SoldAs

# What is sold, by the unit of the resource; all else is compute.
SOLD: Final = {CapacityUnit.GB: SoldAs.STORAGE, CapacityUnit.GBPS: SoldAs.NETWORK}
TENTH: Final = Decimal("0.1")


def sold_as(capacity_unit: str) -> SoldAs:
    """Return what capacity that is counted in a unit is sold as."""
    return SOLD.get(CapacityUnit(capacity_unit), SoldAs.COMPUTE)


def price_facts(
    *,
    region: str,
    resource_class: str,
    pue: Decimal | None,
    verification_level: int,
    capacity_unit: str,
) -> tuple[tuple[str, str], ...]:
    """
    Return facts by the kinds of factors, in their order; what is not known is left out.

    A region is its province's two digits, energy the PUE rounded up to a tenth, quality the level
    that is verified; what is sold is said where it is no compute. `catalog_facts_of` says the same
    in the database.
    """
    sold = [(rate_4.SOLD_AS, sold_as(capacity_unit).value)] if capacity_unit in SOLD else []
    energy = [] if pue is None else [("energy", str(pue.quantize(TENTH, ROUND_CEILING)))]
    return (
        ("class", str(resource_class)),
        *energy,
        ("quality", str(verification_level)),
        ("region", region[:2]),
        *sold,
    )
