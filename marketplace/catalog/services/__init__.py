"""Writes of the catalog: listings come and go, capacity is set aside and given back."""

from marketplace.catalog.services.all_in_pricing import (
    compute_all_in,
    compute_due_all_in,
)
from marketplace.catalog.services.besiding import BesideRefused, set_beside
from marketplace.catalog.services.bounding import change_least, change_least_of_book
from marketplace.catalog.services.capacity import (
    allocate,
    give_back_some,
    hold,
    release,
    retract,
    take_free,
)
from marketplace.catalog.services.collaring import (
    confirm_collar,
    follow_index,
    propose_collar,
)
from marketplace.catalog.services.giving import name_donor
from marketplace.catalog.services.listings import (
    change_plans,
    close_listing,
    follow_plans,
    open_listing,
    open_listings,
    pause_listing,
    remember_entries,
    rename_listing,
    resume_listing,
)
from marketplace.catalog.services.quality import note_quality, reopen_by_rule, stop_by_rule
from marketplace.catalog.services.quoting import quote_listing
from marketplace.catalog.services.referencing import (
    confirm_reference_order,
    propose_reference_order,
)
from marketplace.catalog.services.resizing import change_total
from marketplace.catalog.services.reviewing import close_reviewed, retry_listing, set_listings_aside
from marketplace.catalog.services.suspending import (
    close_all_listings,
    put_back_on_market,
    take_off_market,
)

__all__ = [
    "BesideRefused",
    "allocate",
    "change_least",
    "change_least_of_book",
    "change_plans",
    "change_total",
    "close_all_listings",
    "close_listing",
    "close_reviewed",
    "compute_all_in",
    "compute_due_all_in",
    "confirm_collar",
    "confirm_reference_order",
    "follow_index",
    "follow_plans",
    "give_back_some",
    "hold",
    "name_donor",
    "note_quality",
    "open_listing",
    "open_listings",
    "pause_listing",
    "propose_collar",
    "propose_reference_order",
    "put_back_on_market",
    "quote_listing",
    "release",
    "remember_entries",
    "rename_listing",
    "reopen_by_rule",
    "resume_listing",
    "retract",
    "retry_listing",
    "set_beside",
    "set_listings_aside",
    "stop_by_rule",
    "take_free",
    "take_off_market",
]
