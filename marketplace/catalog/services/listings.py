"""Listings: a provider opens, pauses, resumes and closes them; prices follow their plan."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import isolation, notice, tenancy
from common.reviews import NOT_SET_ASIDE
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import ResourceStatus
from identity.rows import ResourceRow
from marketplace.catalog import locks, preemption, rules, selectors, words
from marketplace.catalog.contracts import (
    LISTING_BATCH_MAX,
    STOPPED_BY_LEVEL,
    ListingEvent,
    ListingNeedsReview,
    ListingNotFound,
    ListingState,
    ListingStateRefused,
    NewListing,
    NoFactor,
    OfferRefused,
    PreemptionNoticeInvalid,
    ResourceAlreadyListed,
    ResourceNotSellable,
    StoppedByRule,
)
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Book, CapacityEntry, Listing
from marketplace.catalog.services import collaring, giving, reviewing
from marketplace.catalog.services.all_in_pricing import compute_all_in
from marketplace.catalog.services.bounding import require_least
from marketplace.catalog.telling import record_events
from metering import selectors as metering_selectors
from metering.contracts import RuleVersionNotFound
from metering.selectors import factors as factor_books
from pricing import basis
from pricing import selectors as pricing_selectors
from pricing.basis import BasisGround
from pricing.contracts import RateCard, RateUnit

BookKey = tuple[str, str]
PLAN_UNREADABLE: Final = "plan_unreadable"
TOLD: Final = {
    ListingEvent.PAUSED: CatalogEvent.LISTING_PAUSED,
    ListingEvent.RESUMED: CatalogEvent.LISTING_RESUMED,
    ListingEvent.CLOSED: CatalogEvent.LISTING_CLOSED,
}


def open_listing(*, provider_id: UUID, offer: NewListing, now: datetime) -> Listing:
    """Put one resource on the market; see `open_listings`."""
    return open_listings(provider_id=provider_id, offers=[offer], now=now)[0]


@transaction.atomic
def open_listings(
    *, provider_id: UUID, offers: Sequence[NewListing], now: datetime
) -> list[Listing]:
    """
    Put resources of a provider on the market, all or none.

    :raises NotFound: if a resource, plan or rule does not exist or is not the provider's
    :raises ResourceNotSellable: if a resource is suspended or withdrawn
    :raises ResourceAlreadyListed: if a resource is on the market
    :raises OfferRefused: if an offer does not fit its resource or its plan
    :raises OrganizationSuspended: while the provider is suspended
    :raises PriceOutsideCollar: if a standard hour costs less, or more, than its book allows
    :raises CommunityIsFree: if what is given away has a price, or a unit that is not given away
    :raises BasisDemanded: if a rule demands a document and clause, and the plan names none
    :raises PreemptionNoticeInvalid: if it would be taken back with another notice than may be
    """
    if len(offers) > LISTING_BATCH_MAX:
        raise OfferRefused(problem=f"at most {LISTING_BATCH_MAX} listings at once")
    identity_services.require_standing(provider_id)
    resources = _own_resources(provider_id, {offer.resource_id for offer in offers})
    cards = _own_cards(provider_id, {offer.plan_version_id for offer in offers})
    _require_begun({offer.plan_version_id: offer.available_from for offer in offers}, now=now)
    measured_in = _units_of({offer.rule_version_id for offer in offers}, now=now)
    factors = factor_books.book((offer.rule_version_id, offer.resource_id) for offer in offers)
    books = _books({_book_key(resource) for resource in resources.values()})
    listings = []
    for offer in offers:
        resource = resources[offer.resource_id]
        _require_fitting(
            cards[offer.plan_version_id], resource, measured_in=measured_in[offer.rule_version_id]
        )
        giving.require_free(offer, cards[offer.plan_version_id], resource.capacity_unit)
        factor, _reason = factors.priced(offer.rule_version_id, offer.resource_id, at=now)
        is_compared = factor is not None and not offer.is_community
        listing = _listing(
            offer,
            resource,
            cards[offer.plan_version_id],
            factor=factor.value if factor is not None and is_compared else None,
            now=now,
        )
        giving.bear_rule(listing, offer, at=now)
        _say_preemption(listing, offer)
        listing.book = books[_book_key(resource)]
        listings.append(listing)
    collaring.require_list_prices(listings, at=now)
    _require_basis(listings, at=now)
    return _insert(listings, now=now)


def _require_basis(listings: Sequence[Listing], *, at: datetime) -> None:
    """Check that plans name the documents that a rule of the market demands for such listings."""
    ground = selectors.basis_missing(listings, at=at)
    if ground is not None:
        raise basis.refusal_of(ground, field="plan_version_id")


def _say_preemption(listing: Listing, offer: NewListing) -> None:
    """Let a listing that is about to open say that it may be taken back, with which notice."""
    if offer.preemption_minutes is None:
        return
    name = preemption.PREEMPTIONS.newest
    rule = preemption.PREEMPTIONS.rule(name)
    if not rule.allows(offer.preemption_minutes):
        raise PreemptionNoticeInvalid(
            field="preemption_minutes", least=rule.minutes_min, most=rule.minutes_max
        )
    listing.preemption_rule, listing.preemption_minutes = name, offer.preemption_minutes


def _own_resources(provider_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, ResourceRow]:
    found = {
        key: resource
        for key, resource in identity_selectors.resources(ids).items()
        if resource.provider_id == provider_id
    }
    if len(found) < len(ids):
        raise ListingNotFound(field="resource_id")
    if any(resource.status != ResourceStatus.ACTIVE for resource in found.values()):
        raise ResourceNotSellable(field="resource_id")
    return found


def _own_cards(provider_id: UUID, ids: Collection[UUID]) -> dict[UUID, RateCard]:
    cards = pricing_selectors.rate_cards(ids)
    if any(card.provider_id != provider_id for card in cards.values()):
        raise ListingNotFound(field="plan_version_id")
    return cards


def _require_begun(offered: Mapping[UUID, datetime], *, now: datetime) -> None:
    """Let nothing be sold by a plan version before it holds: listings begin with it, or later."""
    begins = pricing_selectors.beginnings_of(offered)
    if any(begins[version] > max(now, offered[version]) for version in offered):
        raise OfferRefused(
            field="plan_version_id",
            problem=_("this version of the plan holds later than the listing is offered"),
        )


def _units_of(version_ids: Collection[UUID], *, now: datetime) -> dict[UUID, str]:
    units = {rule.id: rule.unit for rule in metering_selectors.rule_versions(at=now)}
    if not set(version_ids) <= units.keys():
        raise RuleVersionNotFound(field="rule_version_id")
    return units


def _require_fitting(card: RateCard, resource: ResourceRow, *, measured_in: str) -> None:
    """Let storage and networks be measured and charged in units of their own, and nothing else."""
    unit = resource.capacity_unit
    if not rules.measures(measured_in, capacity_unit=unit):
        raise OfferRefused(
            field="rule_version_id",
            problem=_("the rule measures in %(measured)s, the resource is counted in %(counted)s")
            % {"measured": measured_in, "counted": unit},
        )
    card = rules.card_of(card, capacity_unit=unit)
    if not card.components:
        raise OfferRefused(
            field="plan_version_id", problem=_("the plan has no price for what is sold")
        )
    for part in card.components:
        if not rules.fits(part.unit, capacity_unit=unit, measured_in=measured_in):
            raise OfferRefused(
                field="plan_version_id",
                problem=_("what is measured in %(measured)s is not charged by the %(unit)s")
                % {"measured": measured_in, "unit": part.unit.label},
            )


def _book_key(resource: ResourceRow) -> BookKey:
    return resource.resource_class, rules.place_of(resource.region)


def _books(keys: Collection[BookKey]) -> dict[BookKey, Book]:
    """Return the books of some places, opening those that are new."""
    with tenancy.acting_as_platform():
        Book.objects.bulk_create(
            [Book(resource_class=kind, hub=hub) for kind, hub in sorted(keys)],
            ignore_conflicts=True,
        )
        rows = Book.objects.filter(hub__in={hub for _kind, hub in keys})
        return {(row.resource_class, row.hub): row for row in rows}


def _listing(
    offer: NewListing,
    resource: ResourceRow,
    card: RateCard,
    *,
    factor: Decimal | None,
    now: datetime,
) -> Listing:
    total_milli = resource.total_milli if offer.total_milli is None else offer.total_milli
    if not 0 < total_milli <= resource.total_milli:
        raise OfferRefused(field="total_milli", problem="more than the resource has, or nothing")
    if offer.available_until is not None and offer.available_until <= offer.available_from:
        raise OfferRefused(field="available_until", problem="it ends before it starts")
    require_least(offer.least, total_milli=total_milli)
    sold = rules.card_of(card, capacity_unit=resource.capacity_unit)
    if factor is None and sold.single_price(RateUnit.STANDARD_HOUR) is not None:
        raise NoFactor(
            field="plan_version_id", name=factor_books.only_chip(resource.specification) or "-"
        )
    return Listing(
        provider_id=resource.provider_id,
        resource_id=resource.pk,
        plan_version_id=offer.plan_version_id,
        rule_version_id=offer.rule_version_id,
        title=offer.title,
        title_en=offer.title_en,
        accepts_vouchers=offer.accepts_vouchers,
        available_from=offer.available_from,
        available_until=offer.available_until,
        total_milli=total_milli,
        **asdict(offer.least),
        capacity_unit=resource.capacity_unit,
        standard_factor=factor,
        resource_class=resource.resource_class,
        form=resource.form,
        region=resource.region,
        hub=rules.place_of(resource.region),
        chip=factor_books.only_chip(resource.specification)[:60],
        pue=resource.pue,
        verification_level=resource.verification_level,
        **words.facts(resource.specification),
        search_text=words.normal(*_words(offer.title, offer.title_en, resource)),
        search_grams=rules.search_grams(*_words(offer.title, offer.title_en, resource)),
        opened_at=now,
        **rules.headline_prices(card, factor, capacity_unit=resource.capacity_unit),
    )


def _words(title: str, title_en: str, resource: ResourceRow) -> tuple[str, ...]:
    """Return what a listing is found by."""
    provider = resource.provider
    return (
        *(title, title_en, provider.name, provider.name_en, resource.identifier),
        *(resource.name, resource.name_en, factor_books.only_chip(resource.specification)),
    )


def _insert(listings: list[Listing], *, now: datetime) -> list[Listing]:
    try:
        with transaction.atomic():
            created = Listing.objects.bulk_create(listings)
    except IntegrityError as error:
        if "names no document" in str(error):  # A version came in between.
            raise basis.refusal_of(BasisGround.COLLAR, field="plan_version_id") from error
        if "resource_is_listed_once" not in str(error):
            raise
        raise ResourceAlreadyListed(field="resource_id") from error
    compute_all_in([each.pk for each in created], now=now)
    record_events(CatalogEvent.LISTING_OPENED, created)
    return created


def pause_listing(*, listing_id: UUID, provider_id: UUID, now: datetime) -> Listing:
    """Take no new orders for a while; what was sold stays sold."""
    return _move(listing_id, provider_id, ListingEvent.PAUSED, now)


def resume_listing(*, listing_id: UUID, provider_id: UUID, now: datetime) -> Listing:
    """Take orders again."""
    return _move(listing_id, provider_id, ListingEvent.RESUMED, now)


def close_listing(*, listing_id: UUID, provider_id: UUID, now: datetime) -> Listing:
    """Take no new orders any more; what was sold stays sold."""
    return _move(listing_id, provider_id, ListingEvent.CLOSED, now)


@transaction.atomic
def _move(listing_id: UUID, provider_id: UUID, event: ListingEvent, now: datetime) -> Listing:
    """
    Let an event happen to a provider's listing.

    :raises ListingNotFound: if it does not exist or is someone else's
    :raises ListingStateRefused: if it cannot happen in the listing's state
    :raises ListingNeedsReview: if the market took it off for a check
    :raises OrganizationSuspended: if a suspended provider would resume it
    :raises StoppedByRule: if the rule of service levels took it off the market
    :raises ResourceNotSellable: if its resource is suspended, or verified below its promise
    """
    if event == ListingEvent.RESUMED:
        identity_services.require_standing(provider_id)
    listing = locks.listings([listing_id]).get(listing_id)
    if listing is None or listing.provider_id != provider_id:
        raise ListingNotFound
    if listing.needs_review and event == ListingEvent.RESUMED:
        raise ListingNeedsReview
    if event == ListingEvent.RESUMED and listing.stopped_code == STOPPED_BY_LEVEL:
        raise StoppedByRule
    if event == ListingEvent.RESUMED and not _is_sellable(listing):
        raise ResourceNotSellable(field="resource_id")
    listing.state = rules.next_state(ListingState(listing.state), event)
    listing.stopped_code = ""
    listing.opens_when_reinstated = False  # Its provider said what is to become of it.
    if listing.state == ListingState.CLOSED:
        listing.closed_at = now
    listing.save(update_fields=["state", "closed_at", "opens_when_reinstated", "stopped_code"])
    record_events(TOLD[event], [listing])
    return listing


def _is_sellable(listing: Listing) -> bool:
    """Tell whether a listing's resource is active, and verified as the listing promises."""
    resource = identity_selectors.resource(listing.resource_id)
    is_active = resource.status == ResourceStatus.ACTIVE
    return is_active and resource.verification_level >= listing.verification_level


@transaction.atomic
def rename_listing(*, listing_id: UUID, provider_id: UUID, title: str, title_en: str) -> Listing:
    """
    Call a listing something else; it is found by its new title at once.

    :raises ListingNotFound: if it does not exist or is someone else's
    :raises ListingStateRefused: if it is closed
    """
    listing = locks.listings([listing_id]).get(listing_id)
    if listing is None or listing.provider_id != provider_id:
        raise ListingNotFound
    if listing.state == ListingState.CLOSED:
        raise ListingStateRefused(state=listing.get_state_display())
    found_by = _words(title, title_en, identity_selectors.resource(listing.resource_id))
    listing.title, listing.title_en = title, title_en
    listing.search_text = words.normal(*found_by)
    listing.search_grams = rules.search_grams(*found_by)
    listing.save(update_fields=["title", "title_en", "search_text", "search_grams"])
    record_events(CatalogEvent.LISTING_RENAMED, [listing])
    return listing


@transaction.atomic
def follow_plans(*, now: datetime, limit: int = LISTING_BATCH_MAX) -> int:
    """
    Move listings whose plan version has ended to the version in force; return how many moved.

    Quotes and contracts keep the version that they were made under. A listing whose plan cannot be
    followed is set aside, and the others move.
    """
    with tenancy.acting_as_platform():
        due = Listing.objects.filter(
            NOT_SET_ASIDE,
            state__in=(ListingState.OPEN, ListingState.PAUSED),
            plan_version__ends_at__lte=now,
        )
        plans = due.order_by("pk").values_list("pk", "plan_version__plan_id")[:limit]

        def unfollowed(due: tuple[UUID, UUID], error: Exception) -> None:
            reviewing.set_listings_aside(
                listing_ids=[due[0]],
                code=PLAN_UNREADABLE,
                detail=isolation.detail(error),
                now=now,
            )

        moved = isolation.divide(list(plans), partial(_follow, now=now), set_aside=unfollowed)
    return sum(moved.results)


def _follow(due: Sequence[tuple[UUID, UUID]], *, now: datetime) -> int:
    plans = dict(due)
    successors = pricing_selectors.cards_in_effect(plan_ids=set(plans.values()), at=now)
    moved = [
        _repriced(listing, successors[plans[listing.pk]])
        for listing in locks.listings(plans).values()
        if plans[listing.pk] in successors
    ]
    return _store_prices(moved, now=now)


def _store_prices(repriced: Sequence[Listing], *, now: datetime) -> int:
    record_events(CatalogEvent.LISTING_REPRICED, repriced)
    stored = Listing.objects.bulk_update(repriced, REPRICED_FIELDS)
    compute_all_in([each.pk for each in repriced], now=now)
    return stored


REPRICED_FIELDS = (
    "plan_version",
    "headline_unit",
    "headline_price",
    "price_per_standard_hour",
    "price_per_unit_hour",
)


def _repriced(listing: Listing, card: RateCard) -> Listing:
    listing.plan_version_id = card.version_id
    shown = rules.headline_prices(
        card, listing.standard_factor, capacity_unit=listing.capacity_unit
    )
    for name, value in shown.items():
        setattr(listing, name, value)
    return listing


@transaction.atomic
def change_plans(*, provider_id: UUID, plans: Mapping[UUID, UUID], now: datetime) -> int:
    """
    Let listings of a provider bear other plan versions; return how many do.

    Quotes and contracts keep the version that they were made under.

    :raises ListingNotFound: if a listing or a version is not the provider's
    :raises NoticeTooShort: if somebody may pay more by the other plan within a week
    :raises OfferRefused: if a version holds later than its listing is offered
    :raises PriceOutsideCollar, BasisDemanded: as `open_listings`
    """
    cards = _own_cards(provider_id, set(plans.values()))
    listings = locks.listings(plans)
    if len(listings) < len(plans) or any(
        listing.provider_id != provider_id for listing in listings.values()
    ):
        raise ListingNotFound
    if selectors.moves_that_are_worse(plans, at=now):
        raise notice.too_short(now=now, field="plan_version_id")
    _require_begun({plans[key]: each.available_from for key, each in listings.items()}, now=now)
    held = pricing_selectors.rate_cards({each.plan_version_id for each in listings.values()})
    stays = {
        key
        for key, each in listings.items()
        if held[each.plan_version_id].plan_code == cards[plans[key]].plan_code
    }
    changed = [_repriced(listing, cards[plans[key]]) for key, listing in listings.items()]
    collaring.require_list_prices(changed, at=now)
    _require_basis([each for each in changed if each.pk not in stays], at=now)
    return _store_prices(changed, now=now)


def remember_entries(*, provider_id: UUID, source: str, resources: Mapping[str, UUID]) -> None:
    """Note which row of a source each resource came from; it is known by that row for good."""
    CapacityEntry.objects.bulk_create(
        CapacityEntry(provider_id=provider_id, source=source, row=row, resource_id=resource_id)
        for row, resource_id in resources.items()
    )
