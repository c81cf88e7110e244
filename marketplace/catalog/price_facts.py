"""What plans with factors may ask of a resource. Pure."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

TENTH: Final = Decimal("0.1")


def price_facts(
    *, region: str, resource_class: str, pue: Decimal | None, verification_level: int
) -> tuple[tuple[str, str], ...]:
    """
    Return facts by the kinds of factors, in their order; what is not known is left out.

    A region is its province's two digits, energy the PUE rounded up to a tenth, quality the level
    that is verified. `catalog_facts_of` says the same in the database.
    """
    energy = [] if pue is None else [("energy", str(pue.quantize(TENTH, ROUND_CEILING)))]
    return (
        ("class", str(resource_class)),
        *energy,
        ("quality", str(verification_level)),
        ("region", region[:2]),
    )
