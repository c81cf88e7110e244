"""What named listings ask: terms read once for all orders of a call, each amount rated once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.period import Period
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingNotFound, ListingTerms, Orderable
from marketplace.orders.contracts import OrderWish
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing import token_kinds
from pricing.contracts import Measure, RateCard, RateUnit

Facts = tuple[tuple[str, str], ...]
Asked = tuple[UUID, Decimal | None, UUID, int, Period | None, Facts, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """The price of an order of a listing, and the versions that made it."""

    plan_version_id: UUID
    rule_version_id: UUID | None  # none where a quote's measure was by no rule
    lines: list[dict[str, Any]]
    gross_minor: int
    unit_hours: Decimal
    standard_hours: Decimal | None
    token_mix: dict[str, str] | None = None  # in what shares of tokens, where they have prices


class Asking:
    """Prices of listings at one moment; nobody asked for a quote, and none is kept."""

    def __init__(self, listing_ids: Collection[UUID], *, now: datetime) -> None:
        self._listings: Mapping[UUID, Orderable] = (
            catalog_selectors.orderable(listing_ids, at=now) if listing_ids else {}
        )
        self._cards: Mapping[UUID, RateCard] = {}
        self._asked: dict[Asked, AskedPrice] = {}

    @property
    def terms(self) -> Mapping[UUID, ListingTerms]:
        """Return what decides about orders of the listings that were looked up."""
        return {key: each.terms for key, each in self._listings.items()}

    def listing(self, listing_id: UUID) -> Orderable:
        """
        Return what decides about orders of a listing.

        :raises ListingNotFound: if there is none
        """
        found = self._listings.get(listing_id)
        if found is None:
            raise ListingNotFound
        return found

    def price(self, wish: OrderWish, *, buyer_id: UUID, listing_id: UUID) -> AskedPrice:
        """
        Return what a listing asks for an order.

        :raises ListingNotFound: if there is no such listing
        :raises OwnListing: if the buyer offers it itself
        :raises ListingClosed, OutsideAvailability: if it is not offered then
        :raises CapacityRefused: if it never offers that much
        :raises TooLittle: if it offers no order that small
        :raises NotSoldByTokens: if a kind of tokens is wanted that it does not count
        :raises NotMeasured: if its plan charges by a unit that time has no figure in
        """
        listing = self.listing(listing_id)
        terms = listing.terms
        catalog_rules.require_offered(
            terms, listing.least, buyer_id=buyer_id, milli=wish.units_milli, period=wish.period
        )
        amount = wish.units_milli * wish.period.microseconds
        card = self._card(listing.plan_version_id)
        when, facts = (None, ()) if card.terms is None else (wish.period, terms.facts)
        of = (card.version_id, terms.standard_factor, terms.rule_version_id, amount, when, facts)
        key = (*of, wish.token_mix)
        if key not in self._asked:
            measure, shares = catalog_selectors.committed_measure(
                card,
                terms,
                milli=wish.units_milli,
                period=wish.period,
                mix=dict(wish.token_mix),
            )
            self._asked[key] = _rated(card, measure, shares)
        return self._asked[key]

    def _card(self, version_id: UUID) -> RateCard:
        if version_id not in self._cards:
            wanted = {each.plan_version_id for each in self._listings.values()}
            self._cards = pricing_selectors.kept_cards(wanted)
        return self._cards[version_id]


def _rated(card: RateCard, measure: Measure, shares: token_kinds.TokenMix) -> AskedPrice:
    lines = pricing_rules.rate(card, measure)
    return AskedPrice(
        plan_version_id=card.version_id,
        rule_version_id=measure.rule_version_id,
        lines=[pricing_rules.line_json(line) for line in lines],
        gross_minor=pricing_rules.total_minor(lines),
        unit_hours=measure.of(RateUnit.UNIT_HOUR),
        standard_hours=measure.quantities.get(RateUnit.STANDARD_HOUR),
        token_mix=token_kinds.mix_json(shares) or None,
    )
