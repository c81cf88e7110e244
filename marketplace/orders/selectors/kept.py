"""
The supply of books, kept in this process from round to round.

A book of ten thousand listings is the same for most of its rounds, and reading it costs more than
clearing it. It is read again once any row that it is made of has changed: `mark_of_book` says.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.orders.contracts import Offer
from pricing.contracts import RateCard

BOOKS_MAX: Final = 32
Read = Callable[[Mapping[UUID, ListingRow]], tuple[Sequence[Offer], Sequence[RateCard]]]


@dataclass(frozen=True, slots=True)
class KeptBook:
    """The open listings of a book as clearing sees them, nothing of them taken."""

    offers: tuple[Offer, ...]
    cards: tuple[RateCard, ...]
    places: Mapping[UUID, int]  # of each listing among the offers
    since: datetime | None  # when the last of the plans' versions began,
    until: datetime | None  # and the first of them ends

    def says_what_is(self, at: datetime) -> bool:
        """Tell whether every plan says at a moment what its listing's version says."""
        has_begun = self.since is None or self.since <= at
        return has_begun and (self.until is None or at < self.until)


class _Books(threading.local):
    """What each thread keeps, by its mark; the longest unused goes first."""

    def __init__(self) -> None:
        self.by_mark: OrderedDict[str, KeptBook] = OrderedDict()


_books = _Books()


def book(book_id: int, read: Read) -> KeptBook:
    """Return the supply of a book as it is now, read by `read` if it changed."""
    mark = catalog_selectors.mark_of_book(book_id)
    found = _books.by_mark.pop(mark, None) or _read(book_id, read)
    _books.by_mark[mark] = found
    if len(_books.by_mark) > BOOKS_MAX:
        _books.by_mark.popitem(last=False)
    return found


def _read(book_id: int, read: Read) -> KeptBook:
    listings = catalog_selectors.traded(book_id=book_id)
    offers, cards = read(listings)
    versions = [each.plan_version for each in listings.values()]
    ends = [each.ends_at for each in versions if each.ends_at is not None]
    return KeptBook(
        offers=tuple(offers),
        cards=tuple(cards),
        places={offer.listing_id: place for place, offer in enumerate(offers)},
        since=max((each.starts_at for each in versions), default=None),
        until=min(ends, default=None),
    )
