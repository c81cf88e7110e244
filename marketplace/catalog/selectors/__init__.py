"""Reads of the catalog: listings, capacity over time, and the market as people search it."""

from marketplace.catalog.selectors.capacity import (
    allocations,
    available_of_resources,
    free_capacity,
    free_now,
    slots_of,
)
from marketplace.catalog.selectors.counting import (
    counts,
    facets,
    figures,
    hub_capacity,
    price_range,
)
from marketplace.catalog.selectors.listings import (
    book,
    books,
    cheapest_eligible,
    entered_resources,
    listing,
    listing_by_number,
    listing_of_identifier,
    listing_of_provider,
    listings,
    listings_of,
    moves_that_are_worse,
    on_market,
    terms,
    traded,
)
from marketplace.catalog.selectors.market import (
    ORDERS,
    market,
    market_page,
    sortable,
)

__all__ = [
    "ORDERS",
    "allocations",
    "available_of_resources",
    "book",
    "books",
    "cheapest_eligible",
    "counts",
    "entered_resources",
    "facets",
    "figures",
    "free_capacity",
    "free_now",
    "hub_capacity",
    "listing",
    "listing_by_number",
    "listing_of_identifier",
    "listing_of_provider",
    "listings",
    "listings_of",
    "market",
    "market_page",
    "moves_that_are_worse",
    "on_market",
    "price_range",
    "slots_of",
    "sortable",
    "terms",
    "traded",
]
