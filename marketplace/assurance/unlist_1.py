"""
The rule of unlisting `unlist-1`: what was available less than 98 % of 30 days leaves the market.

Its provider is warned first; a day later nothing more of the listing is sold, unless it is above
the limit again, and once it is above it is back by itself. Of a listing of which less than a tenth
of the 30 days was told nothing follows. Pure, and frozen: stops name it.
"""

from marketplace.assurance.score_contracts import UnlistRule

RULE = UnlistRule(
    "unlist-1", days=30, below_ppm=980_000, warned_seconds=24 * 3_600, known_ppm=100_000
)
