"""Placing orders: checked, priced where a listing is named, and written as rows that are due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import doing, doorbell
from common.canonical import plain
from common.errors import Refusal
from common.ids import uuid7
from common.numbers import take_numbers
from identity import services as identity_services
from identity.projects import selectors as projects_selectors
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import OwnListing
from marketplace.catalog.least import Least
from marketplace.catalog.rows import BookRow
from marketplace.orders import locks, telling
from marketplace.orders.contracts import (
    BATCH_ORDERS_MAX,
    CHIPS_MAX,
    SECONDS_AHEAD_MAX,
    SECONDS_MAX,
    UNITS_MILLI_MAX,
    VOUCHERS_MAX,
    InvalidOrder,
    NoEligibleListing,
    OrderKeyReused,
    OrdersTooFast,
    OrderWish,
    PaceAct,
    QuoteMismatch,
    Requirement,
)
from marketplace.orders.models import Order
from marketplace.orders.services import (
    capping,
    donated,
    guarding,
    halting,
    pacing,
    quoted,
    writing,
)
from marketplace.orders.services.asking import AskedPrice, Asking
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing import token_kinds
from pricing.contracts import QuoteExpired, RateUnit
from pricing.rows import QuoteRow

ORDERS_MAX: Final = BATCH_ORDERS_MAX
NOTHING_BESIDE: Final[Mapping[str, str]] = {}
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
    "project_id",
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
    beside: Mapping[str, str] = NOTHING_BESIDE,
) -> list[Order]:
    """
    Place orders of one buyer, all or none, and ring for the clearing of their books.

    `beside` says, by their keys, which of them are ordered beside which: see `sets`.

    The price of a named listing is frozen now; a requirement is priced when it clears. Orders of an
    import ring for nobody: it clears them itself.

    :raises InvalidOrder: if a value breaks its limits
    :raises OrderKeyReused: if a key stands for another order
    :raises NoEligibleListing: if no book trades what is required
    :raises QuoteExpired, QuoteMismatch, QuoteUsed: if the quote is over, for something else or used
    :raises QuoteForProject: if the quote was made for another project
    :raises OwnListing: if the buyer offers the listing itself
    :raises OrganizationSuspended: while the buyer is suspended
    :raises BookHalted, PriceOutsideCollar, OrderNotRepeated, OrdersTooFast: see `guarding`
    :raises TooLittle: if the listing or its book offers no order that small
    :raises ProjectNotFound, ProjectClosed, NotInProject: if it is not for this project
    :raises BudgetExceeded, ApprovalRequired: see `capping`
    :raises CommunityQuotaUsed, CommunityNotForYou: see `donated`
    """
    desk = _Desk(buyer_id, wishes, placed_at=placed_at, import_run_id=import_run_id)
    rows = [desk.row(wish) for wish in wishes]
    by_key = {row.key: row for row in rows}
    for key, other in beside.items():
        by_key[key].beside_id = by_key[other].pk
    desk.require_trade(rows)
    for refusal in desk.refused(rows).values():
        raise refusal
    answers = desk.write(rows)
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer
    # Last of all: until the commit, nobody of the same organisation gets past it.
    if desk.take_pace(rows):
        for refusal in desk.capped(rows).values():
            raise refusal
    return [answer for answer in answers if isinstance(answer, Order)]


@transaction.atomic
def place_each(
    *, buyer_id: UUID, wishes: Sequence[OrderWish], placed_at: datetime
) -> list[Order | Refusal]:
    """
    Place orders of one buyer, each by itself: answer each, in order, with what it became.

    What `place_orders` would refuse is that order's answer, and the others are placed.

    :raises InvalidOrder: if there are none, too many, or two of one key
    :raises OrganizationSuspended: while the buyer is suspended
    """
    desk = _Desk(buyer_id, wishes, placed_at=placed_at, import_run_id=None)
    answers: dict[str, Order | Refusal] = {}
    for wish in wishes:
        try:
            answers[wish.key] = desk.row(wish)
        except Refusal as refusal:
            answers[wish.key] = refusal
    for same_book in _by_book(answers.values()):
        try:
            desk.require_trade(same_book)
        except Refusal as refusal:
            answers |= dict.fromkeys((row.key for row in same_book if desk.is_new(row)), refusal)
    rows = [each for each in answers.values() if isinstance(each, Order)]
    answers |= (found := desk.refused(rows))
    answers |= desk.too_fast([row for row in rows if row.key not in found])
    rows = [answer for answer in answers.values() if isinstance(answer, Order)]
    if rows:
        answers |= dict(zip((row.key for row in rows), desk.write(rows), strict=True))
    return [answers[wish.key] for wish in wishes]


def _by_book(answers: Iterable[Order | Refusal]) -> list[list[Order]]:
    books: dict[int, list[Order]] = {}
    for answer in answers:
        if isinstance(answer, Order):
            books.setdefault(answer.book_id, []).append(answer)
    return list(books.values())


def _check(wish: OrderWish, *, placed_at: datetime) -> None:
    """
    Check what can be checked without looking anything up.

    :raises InvalidOrder: naming the field
    """
    period = wish.period
    chips = wish.requirement.chips if wish.requirement else ()
    for field, value, least, most in (
        ("key", len(wish.key), 1, KEY_MAX),
        ("units_milli", wish.units_milli, 1, UNITS_MILLI_MAX),
        ("chips", len(chips), 0, CHIPS_MAX),
        ("voucher_ids", len(wish.voucher_ids), 0, VOUCHERS_MAX),
    ):
        if not least <= value <= most:
            raise InvalidOrder(field=field, problem=_between(least, most))
    tests = (
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
            not all(map(_is_name, chips)),
            _("a chip has 1 to %(most)s characters"),
        ),
    )
    for field, is_wrong, problem in tests:
        if is_wrong:
            raise InvalidOrder(field=field, problem=str(problem) % {"most": CHIP_LENGTH_MAX})


def _is_name(chip: str) -> bool:
    return 1 <= len(chip) <= CHIP_LENGTH_MAX and chip.isprintable()


def _between(least: int, most: int) -> str:
    return str(_("%(least)s to %(most)s are allowed")) % {"least": least, "most": most}


# Asked before every order, and answered with no for nearly all: it pays to ask for little.
_KNOWN: Final = "SELECT FROM orders_order WHERE buyer_id = %s AND key = ANY(%s) LIMIT 1"


def _by_key(buyer_id: UUID, keys: Sequence[str]) -> dict[str, Order]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [buyer_id, list(keys)])
        if not cursor.fetchall():
            return {}
    return {order.key: order for order in Order.objects.filter(buyer_id=buyer_id, key__in=keys)}


class _Desk:
    """What the orders of one call need to become rows, looked up once for all of them."""

    def __init__(
        self,
        buyer_id: UUID,
        wishes: Sequence[OrderWish],
        *,
        placed_at: datetime,
        import_run_id: UUID | None,
    ) -> None:
        """
        Look up what is there.

        :raises InvalidOrder: if there are no wishes, too many, or two of one key
        :raises OrganizationSuspended: while the buyer is suspended, if anything is new
        """
        keys = [wish.key for wish in wishes]
        if not 1 <= len(wishes) <= ORDERS_MAX or len(set(keys)) < len(keys):
            raise InvalidOrder(field="key", problem=_between(1, ORDERS_MAX))
        self._buyer_id = buyer_id
        self._wishes = {wish.key: wish for wish in wishes}
        quotes = {wish.quote_id for wish in wishes if wish.quote_id}
        if quotes:  # Before the keys are read: who sent the same twice is answered as the first.
            locks.take_quotes(quotes)
        self._known = _by_key(buyer_id, keys)
        if len(self._known) < len(keys):  # A retry is answered as before.
            identity_services.require_standing(buyer_id)
        self._placed_at = placed_at
        self._import_run_id = import_run_id
        self._books: dict[Requirement, BookRow] = {}
        self._projects: set[tuple[UUID, int | None]] = set()
        fresh = {it.quote_id for it in wishes if it.quote_id and it.key not in self._known}
        self._used = quoted.used_quotes(fresh, buyer_id=buyer_id)
        named = {it.listing_id for it in wishes if it.listing_id and it.key not in self._known}
        self._asking = Asking(named, now=placed_at)

    def is_new(self, row: Order) -> bool:
        """Tell whether the buyer has no order of the row's key yet."""
        return row.key not in self._known

    def require_trade(self, rows: Iterable[Order]) -> None:
        """
        Check that nothing stops trading in the books of new orders; imports tell of the past.

        :raises BookHalted: with the reason, for one of them
        """
        if self._import_run_id is None:
            books = {row.book_id for row in rows if self.is_new(row)}
            halting.require_trade(books, at=self._placed_at)

    def refused(self, rows: Iterable[Order]) -> dict[str, Refusal]:
        """Return why new orders are not taken, by key."""
        if self._import_run_id is not None:
            return {}
        new = [row for row in rows if self.is_new(row)]
        found = guarding.refused(new, self._wishes, buyer_id=self._buyer_id, at=self._placed_at)
        rest = [row for row in new if row.key not in found]
        terms = self._asking.terms
        return found | donated.refused_community(rest, terms, buyer_id=self._buyer_id)

    def take_pace(self, rows: Iterable[Order]) -> bool:
        """
        Count new orders for the buyer's pace, all of them or nothing; imports count for none.

        Returns whether caps bind the buyer, too.

        :raises OrdersTooFast: if they are too many for now
        """
        times = sum(self.is_new(row) for row in rows)
        if times and self._import_run_id is None:
            return pacing.take(PaceAct.PLACED, organization_id=self._buyer_id, times=times)
        return False

    def too_fast(self, rows: Sequence[Order]) -> dict[str, Refusal]:
        """
        Count new orders for the buyer's pace; return them all if they are too many for now.

        In time, those are returned that the buyer's caps do not let be placed.
        """
        try:
            is_capped = self.take_pace(rows)
        except OrdersTooFast as refusal:
            return dict.fromkeys((row.key for row in rows if self.is_new(row)), refusal)
        return self.capped(rows) if is_capped else {}

    def capped(self, rows: Sequence[Order]) -> dict[str, Refusal]:
        """Return why caps of the buyer do not let new orders be placed, by key."""
        new = [row for row in rows if self.is_new(row)]
        return capping.refused(new, self._wishes, buyer_id=self._buyer_id, at=self._placed_at)

    def write(self, rows: Sequence[Order]) -> list[Order | Refusal]:
        """Store what is new and tell of it; return what stands under each row's key."""
        new = [row for row in rows if self.is_new(row)]
        numbers = take_numbers(
            "orders_order_number", prefix="O", at=self._placed_at, count=len(new)
        )
        for row, number in zip(new, numbers, strict=True):
            row.number = number
        is_all_new = writing.insert(new) == len(rows)
        keys = [row.key for row in rows]
        stored = {row.key: row for row in rows} if is_all_new else _by_key(self._buyer_id, keys)
        answers: list[Order | Refusal] = [
            stored[row.key] if _is_same_wish(stored[row.key], row) else OrderKeyReused(field="key")
            for row in rows
        ]
        came = [row for row in rows if stored[row.key].pk == row.pk]
        is_now = self._import_run_id is None
        _announce(came, rings=is_now)
        if is_now:
            donated.tell_of_quotas(came, self._asking.terms, buyer_id=self._buyer_id)
        return answers

    def row(self, wish: OrderWish) -> Order:
        """
        Return the row that a wish would be stored as.

        :raises Refusal: as `place_orders`, but for halted books and keys that are used
        """
        if wish.key not in self._known:  # A retry may come after the order has started.
            _check(wish, placed_at=self._placed_at)
        row = Order(
            id=uuid7(),
            key=wish.key,
            buyer_id=self._buyer_id,
            chips=sorted(set(wish.requirement.chips)) if wish.requirement else [],
            quote_id=wish.quote_id,
            units_milli=wish.units_milli,
            starts_at=wish.period.starts_at,
            ends_at=wish.period.ends_at,
            use_vouchers=wish.use_vouchers,
            voucher_ids=[str(each) for each in wish.voucher_ids],
            project_id=wish.project_id,
            placed_by_id=wish.person_id or doing.current().person_id,
            placed_at=self._placed_at,
            import_run_id=self._import_run_id,
        )
        known = self._known.get(wish.key)
        if known is None and wish.project_id is not None:
            self._require_project(wish.project_id, row.placed_by_id)
        if wish.requirement is not None:
            book = self._book(wish.requirement)
            row.book = cast("Any", book)
            if known is None and self._import_run_id is None:
                _require_least(Least.of(book), wish)
        elif known is not None:
            row.book_id, row.wanted_listing_id = known.book_id, wish.listing_id
            row.token_mix = token_kinds.mix_json(dict(wish.token_mix)) or None
        elif wish.listing_id is not None:
            self._price(row, wish, wish.listing_id)
        return row

    def _require_project(self, project_id: UUID, person_id: int | None) -> None:
        if (project_id, person_id) not in self._projects:
            projects_selectors.require_open_to(
                project_id, organization_id=self._buyer_id, person_id=person_id
            )
            self._projects.add((project_id, person_id))

    def _book(self, requirement: Requirement) -> BookRow:
        if requirement not in self._books:
            self._books[requirement] = _book(requirement)
        return self._books[requirement]

    def _price(self, row: Order, wish: OrderWish, listing_id: UUID) -> None:
        """Freeze the price of the listing on the row: the buyer's quote, or what its plan says."""
        if wish.quote_id is None:
            asked = self._asking.price(wish, buyer_id=self._buyer_id, listing_id=listing_id)
        else:
            asked = _quoted(wish, wish.quote_id, buyer_id=self._buyer_id, now=self._placed_at)
            if order := self._used.get(wish.quote_id):
                raise quoted.QuoteUsed(field="quote_id", order=order)
            self._used[wish.quote_id] = wish.key
        listing = self._asking.listing(listing_id)
        if listing.terms.provider_id == self._buyer_id:
            raise OwnListing(field="listing_id")
        _require_least(listing.least, wish)
        is_free = catalog_rules.is_free(asked.lines)
        if too_little := listing.least.refusal_of_price(asked.gross_minor, is_free=is_free):
            raise too_little
        row.wanted_listing_id = listing_id
        row.book = cast("Any", listing.book)
        row.plan_version_id = asked.plan_version_id
        row.rule_version_id = asked.rule_version_id
        row.lines = asked.lines
        row.gross_minor = asked.gross_minor
        row.standard_hours = asked.standard_hours
        row.unit_hours = asked.unit_hours
        row.token_mix = asked.token_mix


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


def _quoted(wish: OrderWish, quote_id: UUID, *, buyer_id: UUID, now: datetime) -> AskedPrice:
    """
    Return the price that a quote promises.

    :raises QuoteExpired, QuoteMismatch: if the quote is over or for something else
    :raises QuoteForProject: if it was made for a project, and the order is not for that
    """
    quote = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    _check_quote(quote, wish, now=now)
    quoted.require_its_project(quote, wish.project_id)
    return AskedPrice(
        plan_version_id=quote.plan_version_id,
        rule_version_id=quote.rule_version_id,
        lines=quote.lines,
        gross_minor=quote.gross_minor,
        unit_hours=pricing_rules.parse_measure(quote.measure).of(RateUnit.UNIT_HOUR),
        standard_hours=quote.standard_hours,
        token_mix=quote.subject.get("token_mix"),
    )


def _check_quote(quote: QuoteRow, wish: OrderWish, *, now: datetime) -> None:
    if now >= quote.valid_until:
        raise QuoteExpired(field="quote_id")
    asked = {
        "listing_id": wish.listing_id,
        "units_milli": wish.units_milli,
        "starts_at": wish.period.starts_at,
        "ends_at": wish.period.ends_at,
    }
    mix = quote.subject.get("token_mix")
    if any(quote.subject.get(name) != value for name, value in plain(asked).items()) or (
        mix and wish.token_mix and mix != token_kinds.mix_json(dict(wish.token_mix))
    ):
        raise QuoteMismatch(field="quote_id")
    if not pricing_selectors.evaluation(quote)["recomputes"]:
        raise QuoteMismatch(field="quote_id")


def _is_same_wish(stored: Order, row: Order) -> bool:
    is_same_mix = row.token_mix is None or stored.token_mix in (None, row.token_mix)
    return is_same_mix and all(getattr(stored, name) == getattr(row, name) for name in WISH_FIELDS)


def _announce(placed: Sequence[Order], *, rings: bool) -> None:
    """Write what happened, and ring for each book once."""
    telling.of_placed(placed)
    for book_id in sorted({row.book_id for row in placed if rings}):
        doorbell.ring("orders.waiting", book_id=book_id)
