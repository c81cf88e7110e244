"""Placing orders: checked, priced where a listing is named, and written as rows that are due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import doorbell
from common.canonical import plain
from common.ids import uuid7
from common.numbers import take_numbers
from identity import services as identity_services
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import OwnListing
from marketplace.catalog.least import Least
from marketplace.catalog.rows import BookRow
from marketplace.orders import telling
from marketplace.orders.contracts import (
    CHIPS_MAX,
    SECONDS_AHEAD_MAX,
    SECONDS_MAX,
    UNITS_MILLI_MAX,
    VOUCHERS_MAX,
    InvalidOrder,
    NoEligibleListing,
    OrderKeyReused,
    OrderWish,
    QuoteMismatch,
    Requirement,
)
from marketplace.orders.models import Order
from marketplace.orders.services import halting
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import QuoteExpired, RateUnit
from pricing.rows import QuoteRow

ORDERS_MAX: Final = 1_000
KEY_MAX: Final = 255
CHIP_LENGTH_MAX: Final = 60
LENGTH_MAX: Final = timedelta(seconds=SECONDS_MAX)
AHEAD_MAX: Final = timedelta(seconds=SECONDS_AHEAD_MAX)
# What a buyer asked for; a key that comes again must come with all of it.
WISH_FIELDS: Final = (
    "book_id",
    "wanted_listing_id",
    "chips",
    "units_milli",
    "starts_at",
    "ends_at",
    "use_vouchers",
    "voucher_ids",
)


def place_order(*, buyer_id: UUID, wish: OrderWish, placed_at: datetime) -> Order:
    """Place one order; see `place_orders`."""
    return place_orders(buyer_id=buyer_id, wishes=[wish], placed_at=placed_at)[0]


@transaction.atomic
def place_orders(
    *,
    buyer_id: UUID,
    wishes: Sequence[OrderWish],
    placed_at: datetime,
    import_run_id: UUID | None = None,
) -> list[Order]:
    """
    Place orders of one buyer, all or none, and ring for the clearing of their books.

    The price of a named listing is frozen now; a requirement is priced when it clears. Orders of an
    import ring for nobody: it clears them itself.

    :raises InvalidOrder: if a value breaks its limits
    :raises OrderKeyReused: if a key stands for another order
    :raises NoEligibleListing: if no book trades what is required
    :raises QuoteExpired, QuoteMismatch: if the quote is over or for something else
    :raises OwnListing: if the buyer offers the listing itself
    :raises BookHalted: if trading in a book is halted
    :raises OrganizationSuspended: while the buyer is suspended
    :raises TooLittle: if the listing or its book offers no order that small
    """
    if not 1 <= len(wishes) <= ORDERS_MAX or len({wish.key for wish in wishes}) < len(wishes):
        raise InvalidOrder(field="key", problem=_between(1, ORDERS_MAX))
    keys = [wish.key for wish in wishes]
    known = _by_key(buyer_id, keys)
    _require_standing(buyer_id, is_new=len(known) < len(keys))
    for wish in wishes:
        if wish.key not in known:  # A retry may come after the order has started.
            _check(wish, placed_at=placed_at)
    books: dict[Requirement, BookRow] = {}
    rows = [
        _row(
            wish,
            known.get(wish.key),
            books,
            buyer_id=buyer_id,
            placed_at=placed_at,
            import_run_id=import_run_id,
        )
        for wish in wishes
    ]
    new = [row for row in rows if row.key not in known]
    if import_run_id is None:
        halting.require_trade({row.book_id for row in new}, at=placed_at)
    for row, number in zip(
        rows,
        take_numbers("orders_order_number", prefix="O", at=placed_at, count=len(rows)),
        strict=True,
    ):
        row.number = number
    Order.objects.bulk_create(new, ignore_conflicts=True)
    stored = _by_key(buyer_id, keys)
    for row in rows:
        if not _is_same_wish(stored[row.key], row):
            raise OrderKeyReused(field="key")
    _announce([row for row in rows if stored[row.key].pk == row.pk], rings=import_run_id is None)
    return [stored[key] for key in keys]


def _check(wish: OrderWish, *, placed_at: datetime) -> None:
    """
    Check what can be checked without looking anything up.

    :raises InvalidOrder: naming the field
    """
    period = wish.period
    tests = (
        ("key", not 1 <= len(wish.key) <= KEY_MAX, _between(1, KEY_MAX)),
        (
            "units_milli",
            not 1 <= wish.units_milli <= UNITS_MILLI_MAX,
            _between(1, UNITS_MILLI_MAX),
        ),
        (
            "starts_at",
            bool(period.starts_at.microsecond or period.ends_at.microsecond),
            _("it starts and ends on whole seconds"),
        ),
        (
            "starts_at",
            period.starts_at < placed_at.replace(microsecond=0),
            _("it starts in the past"),
        ),
        (
            "starts_at",
            period.starts_at - placed_at > AHEAD_MAX,
            _("it starts more than 366 days ahead"),
        ),
        ("ends_at", period.duration > LENGTH_MAX, _("it is longer than 366 days")),
        (
            "listing_id",
            (wish.listing_id is None) == (wish.requirement is None),
            _("it names either a listing or a requirement"),
        ),
        (
            "quote_id",
            bool(wish.quote_id and wish.requirement),
            _("a quote is for a listing, not for a requirement"),
        ),
        (
            "chips",
            bool(wish.requirement and len(wish.requirement.chips) > CHIPS_MAX),
            _between(0, CHIPS_MAX),
        ),
        (
            "chips",
            bool(wish.requirement and not all(map(_is_name, wish.requirement.chips))),
            _("a chip has 1 to %(most)s characters") % {"most": CHIP_LENGTH_MAX},
        ),
        ("voucher_ids", len(wish.voucher_ids) > VOUCHERS_MAX, _between(0, VOUCHERS_MAX)),
    )
    for field, is_wrong, problem in tests:
        if is_wrong:
            raise InvalidOrder(field=field, problem=str(problem))


def _require_standing(buyer_id: UUID, *, is_new: bool) -> None:
    """Let a suspended buyer order nothing; a retry is answered as before."""
    if is_new:
        identity_services.require_standing(buyer_id)


def _is_name(chip: str) -> bool:
    return 1 <= len(chip) <= CHIP_LENGTH_MAX and chip.isprintable()


def _between(least: int, most: int) -> str:
    return _("%(least)s to %(most)s are allowed") % {"least": least, "most": most}


def _by_key(buyer_id: UUID, keys: Sequence[str]) -> dict[str, Order]:
    return {order.key: order for order in Order.objects.filter(buyer_id=buyer_id, key__in=keys)}


def _row(
    wish: OrderWish,
    known: Order | None,
    books: dict[Requirement, BookRow],
    *,
    buyer_id: UUID,
    placed_at: datetime,
    import_run_id: UUID | None,
) -> Order:
    """Return the row that the wish would be stored as."""
    row = Order(
        id=uuid7(),
        key=wish.key,
        buyer_id=buyer_id,
        chips=sorted(set(wish.requirement.chips)) if wish.requirement else [],
        quote_id=wish.quote_id,
        units_milli=wish.units_milli,
        starts_at=wish.period.starts_at,
        ends_at=wish.period.ends_at,
        use_vouchers=wish.use_vouchers,
        voucher_ids=[str(each) for each in wish.voucher_ids],
        placed_at=placed_at,
        import_run_id=import_run_id,
    )
    if wish.requirement is not None:
        if wish.requirement not in books:
            books[wish.requirement] = _book(wish.requirement)
        book = books[wish.requirement]
        row.book_id = book.pk
        if known is None and import_run_id is None:
            _require_least(Least.of(book), wish)
    elif known is not None:
        row.book_id, row.wanted_listing_id = known.book_id, wish.listing_id
    elif wish.listing_id is not None:
        _price(row, wish, wish.listing_id, now=placed_at)
    return row


def _require_least(least: Least, wish: OrderWish) -> None:
    """
    Check an order against the least that a book, or a listing and its book, allow.

    :raises TooLittle: naming the field
    """
    seconds = wish.period.microseconds // 1_000_000
    if too_little := least.refusal(milli=wish.units_milli, seconds=seconds):
        raise too_little


def _book(requirement: Requirement) -> BookRow:
    book = catalog_selectors.book(resource_class=requirement.resource_class, hub=requirement.hub)
    if book is None:
        raise NoEligibleListing(field="requirement")
    return book


def _price(row: Order, wish: OrderWish, listing_id: UUID, *, now: datetime) -> None:
    """Freeze the price of the listing on the row, from the buyer's quote or a new one."""
    if wish.quote_id is None:
        quote = catalog_services.quote_listing(
            buyer_id=row.buyer_id,
            listing_id=listing_id,
            milli=wish.units_milli,
            period=wish.period,
            now=now,
        )
    else:
        quote = pricing_selectors.quote_for_buyer(quote_id=wish.quote_id, buyer_id=row.buyer_id)
        _check_quote(quote, wish, now=now)
    listing = catalog_selectors.listing(listing_id)
    if listing.provider_id == row.buyer_id:
        raise OwnListing(field="listing_id")
    terms = listing.terms()
    _require_least(listing.least, wish)
    is_free = catalog_rules.is_free(quote.lines)
    if too_little := listing.least.refusal_of_price(quote.gross_minor, is_free=is_free):
        raise too_little
    row.wanted_listing_id = listing_id
    row.book_id = terms.book_id
    row.quote_id = quote.pk
    row.plan_version_id = quote.plan_version_id
    row.rule_version_id = quote.rule_version_id
    row.lines = quote.lines
    row.gross_minor = quote.gross_minor
    row.standard_hours = quote.standard_hours
    measure = pricing_rules.parse_measure(quote.measure)
    row.unit_hours = measure.of(RateUnit.UNIT_HOUR)


def _check_quote(quote: QuoteRow, wish: OrderWish, *, now: datetime) -> None:
    if now >= quote.valid_until:
        raise QuoteExpired(field="quote_id")
    asked = {
        "listing_id": wish.listing_id,
        "units_milli": wish.units_milli,
        "starts_at": wish.period.starts_at,
        "ends_at": wish.period.ends_at,
    }
    if any(quote.subject.get(name) != value for name, value in plain(asked).items()):
        raise QuoteMismatch(field="quote_id")
    if not pricing_selectors.evaluation(quote)["recomputes"]:
        raise QuoteMismatch(field="quote_id")


def _is_same_wish(stored: Order, row: Order) -> bool:
    return all(_value(stored, name) == _value(row, name) for name in WISH_FIELDS)


def _value(order: Order, name: str) -> Any:
    return getattr(order, name)


def _announce(placed: Sequence[Order], *, rings: bool) -> None:
    """Write what happened, and ring for each book once."""
    telling.of_placed(placed)
    for book_id in sorted({row.book_id for row in placed if rings}):
        doorbell.ring("orders.waiting", book_id=book_id)
