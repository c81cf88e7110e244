"""Reads of the catalog: listings, capacity over time, and the market as people search it."""

from marketplace.catalog.selectors.capacity import (
    allocations,
    available_of_resources,
    free_capacity,
    free_now,
    slots_of,
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
    on_market,
    terms,
    traded,
)
from marketplace.catalog.selectors.market import (
    ORDERS,
    facets,
    figures,
    market,
    market_page,
    price_range,
)

__all__ = [
    "ORDERS",
    "allocations",
    "available_of_resources",
    "book",
    "books",
    "cheapest_eligible",
    "entered_resources",
    "facets",
    "figures",
    "free_capacity",
    "free_now",
    "listing",
    "listing_by_number",
    "listing_of_identifier",
    "listing_of_provider",
    "listings",
    "listings_of",
    "market",
    "market_page",
    "on_market",
    "price_range",
    "slots_of",
    "terms",
    "traded",
]
