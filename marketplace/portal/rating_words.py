"""What the rating rules say, clause by clause: the text that a price refers to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from pricing import rate_2, rate_3, rate_4
from pricing.contracts import FIRST_RATING_RULE

# A rule is never changed, so neither is the number of a clause.
CLAUSES: Final[Mapping[str, tuple[Any, ...]]] = {
    FIRST_RATING_RULE: (
        _("A plan has components. Each counts one unit and has tiers; the first begins at 0."),
        _(
            "What lies in a tier costs the tier's unit price; a tier ends where the next one begins"
            " (graduated tiers)."
        ),
        _("A line is written for each tier that the quantity reaches."),
        _("The amount of a line is rounded once, half up, to the fen; the price is their sum."),
        _(
            "Charged in parts, tiers go on counting under the contract, and a part costs the"
            " rounded price of everything so far less the rounded price of what was charged before."
        ),
        _("A correction takes back what lies at the end, and gives back exactly what it cost."),
    ),
    rate_2.NAME: (
        _(
            "A plan has terms: components, each with one model (unit, graduated, volume, package,"
            " ready, reserved, prepaid, flat, minimum), and the clock that its times go by."
        ),
        _(
            "Use is cut where the band of time, the day or the month changes, by the plan's zone,"
            " times, holidays and working days; each piece is counted where it fell."
        ),
        _(
            "The unit price of a piece is multiplied by the factor of its band, and by the factors"
            " that the component names; where a fact is not known, by what the plan says otherwise."
        ),
        _(
            "Facts of the resource (region, class, energy, quality) are those of the quote. Group,"
            " path and green share count when it is charged, and make nothing dearer."
        ),
        _(
            "Tiers count the contract, or all contracts of the buyer in a month or fiscal year, as"
            " the plan says; orders clear and are held by the contract alone."
        ),
        _(
            "What is owed for a month is counted by the order's share of that month; a minimum adds"
            " what the other lines of its month or contract lack."
        ),
        _(
            "Amounts are exact fractions until the end; the running total is rounded up to the fen,"
            " from a thousandth of a fen on, so parts add up to the whole."
        ),
        _("A correction takes back what it cost, to the fen."),
    ),
    rate_3.NAME: (
        _("What rate-2 says holds, clause by clause."),
        _(
            "Tokens read, generated and read from a cache are three units, a million each; each has"
            " its own price, and its own way of pricing."
        ),
        _(
            "What is read from a cache counts as read where the plan has no price for it; a kind of"
            " which nothing was used has no line beside others."
        ),
        _(
            "An order of throughput is divided among the kinds in the shares that it says; where it"
            " says none, it is held at the kind that would cost most."
        ),
        _("Beyond the throughput of a window, every kind is cut in proportion."),
    ),
    rate_4.NAME: (
        _("What rate-2 says holds, clause by clause."),
        _(
            "Each component says what it is a price of: compute, storage or data moved. No unit is"
            " a price of two of them."
        ),
        _(
            "What a listing sells decides: its price is that of the components for it, and the"
            " others are no part of it. Where nothing is said, compute is sold."
        ),
        _(
            "A flat fee or a minimum is owed for what it is a price of alone: a minimum adds what"
            " the other lines of the same thing lack."
        ),
        _(
            "Each line names what it is a price of. A contract goes on by the components by which"
            " its order was priced."
        ),
    ),
}
SOURCES: Final[Mapping[str, str]] = {
    FIRST_RATING_RULE: "ADR 0501",
    rate_2.NAME: "ADR 0506, 0507, 0508, 0509",
    rate_3.NAME: "ADR 0521",
    rate_4.NAME: "ADR 0524",
}


def clauses(rating_rule: str) -> Iterator[tuple[str, str]]:
    """Yield the clauses of a rule, each with its number; none of a rule that is not known."""
    for number, said in enumerate(CLAUSES.get(rating_rule, ()), start=1):
        yield f"§{number}", str(said)
