"""What the pages of demands show, as plain values."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.urls import reverse

from common import moments
from common.errors import Refusal
from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.demands import rules as demands_rules
from marketplace.demands import selectors as demands_selectors
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import DemandTerms, Need, Preference
from marketplace.orders import rules as orders_rules
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import UNIT_OF_CLASS
from marketplace.portal import delivery_words, demand_words, names, why_page
from pricing import selectors as pricing_selectors

ICONS: Final = {"CHEAPEST": "calculator", "GREENEST": "sun", "NEAREST": "map-pin"}
NAME_MAX: Final = 80


def outlook(buyer_id: UUID, wanted: DemandTerms, *, at: datetime) -> dict[str, Any]:
    """Return what the market says to a demand now."""
    found = demands_selectors.outlook(buyer_id=buyer_id, wanted=wanted, at=at)
    offers = [_offer(each, wanted) for each in found.offers]
    chosen = next((each for each in found.offers if each.prefer == wanted.prefer), None)
    unit = UNIT_OF_CLASS[wanted.options[0].need.resource_class]
    return {
        "outlook": {
            "at": at,
            "offers": offers,
            "largest_milli": found.largest_free_milli,
            "unit": str(CapacityUnit(unit).label),
            "starts_at": chosen.starts_at if chosen else None,
            "share": demands_selectors.filled_share(
                resource_class=wanted.options[0].need.resource_class, at=at
            ),
            "why": [] if chosen else _why(found.match.tried),
        },
        "payment": _payment(buyer_id, chosen, wanted, at=at) if chosen else None,
    }


def _offer(offered: Any, wanted: DemandTerms) -> dict[str, Any]:
    listing = offered.listings[0]
    return {
        "prefer": offered.prefer,
        "label": str(Preference(offered.prefer).label),
        "icon": ICONS[offered.prefer],
        "is_chosen": offered.prefer == wanted.prefer,
        "listing_id": listing.pk,
        "name": names.named(listing, "title"),
        "hub": names.hub(listing.hub),
        "parts": len(offered.listings),
        "amount_minor": offered.amount_minor,
        "path_minor": offered.path_minor,
        "kwh": None if offered.watt_hours is None else Decimal(offered.watt_hours) / 1000,
        "carbon_g": offered.carbon_g,
        "ms": offered.latency_ms,
        "more_minor": offered.more_minor,
        "more_carbon_g": offered.more_carbon_g,
        "more_ms": offered.more_ms,
    }


def _why(tried: Any) -> list[dict[str, Any]]:
    return [
        {
            "option": number,
            "reason": demand_words.reason(each.code),
            "barred": [
                {"reason": demand_words.reason(code), "count": count}
                for code, count in each.barred.items()
            ],
        }
        for number, each in enumerate(tried, start=1)
    ]


def _payment(
    buyer_id: UUID, chosen: Any, wanted: DemandTerms, *, at: datetime
) -> dict[str, Any] | None:
    """Return who would pay what; where several listings serve, vouchers are told at clearing."""
    if len(chosen.listings) > 1:
        return {"gross_minor": chosen.amount_minor, "parts": len(chosen.listings)}
    listing = chosen.listings[0]
    option = wanted.options[chosen.option]
    lines = orders_rules.price(
        pricing_selectors.rate_card(listing.plan_version_id),
        units_milli=chosen.units_milli,
        seconds=option.seconds,
        factor=listing.standard_factor,
        rule_version_id=listing.rule_version_id,
        starts_at=chosen.starts_at,
        facts=listing.price_facts,
    )
    preview = orders_selectors.preview(
        buyer_id=buyer_id,
        listing=listing,
        lines=[line.text for line in lines],
        at=at,
        period=Period(chosen.starts_at, chosen.starts_at + timedelta(seconds=option.seconds)),
        use_vouchers=wanted.use_vouchers,
    )
    return {
        "parts": 1,
        "gross_minor": preview.gross_minor,
        "covers": [
            {"rate": cover.rate, "number": cover.voucher_number, "amount_minor": cover.amount_minor}
            for cover in preview.plan.covers
        ],
        "cash_minor": preview.cash_minor,
        "held_minor": preview.held_minor,
        "balance_minor": preview.balance_minor,
        "missing_minor": preview.missing_minor,
    }


def keeps_place(before: DemandTerms, wanted: DemandTerms, *, at: datetime) -> bool:
    """Tell whether an amendment would keep the demand's place in the queue."""
    try:
        return demands_rules.keeps_place(before, demand_terms.settled(wanted, at=at))
    except Refusal:
        return False


def explained(found: Any, *, is_own: bool, at: datetime) -> dict[str, Any]:
    """Return why a demand was filled or refused, or how the market stands to it."""
    wanted = demands_selectors.terms_of(found)
    return why_page.context(
        demands_selectors.demand_why(found, at=at),
        unit=UNIT_OF_CLASS[wanted.options[0].need.resource_class],
        source={"again": str(found.pk)},
        is_own=is_own,
        proof=(
            reverse("portal:demand-decision", args=[found.pk]),
            reverse("portal:demand-verifier"),
        ),
    )


def context(found: Any, *, is_own: bool) -> dict[str, Any]:
    """Return everything that a demand's page shows."""
    wanted = demands_selectors.terms_of(found)
    is_waiting = not demands_selectors.is_over(found)
    place, waiting = demands_selectors.place_in_queue(found) if is_waiting else (0, 0)
    unit = UNIT_OF_CLASS[wanted.options[0].need.resource_class]
    reopenings = demands_selectors.reopenings_of(found)
    return {
        "demand": {
            "id": found.pk,
            "number": found.number,
            "state": found.state,
            "tag": demand_words.tag(found),
            "kind": found.get_kind_display(),
            "revision": found.revision,
            "posted_at": found.posted_at,
            "queued_at": found.queued_at,
            "looked_at": found.looked_at,
            "expires_at": found.expires_at,
            "closed_at": found.closed_at,
            "prefer": str(Preference(wanted.prefer).label),
            "refusal": demand_words.reason(found.refusal_code) if found.refusal_code else "",
            "hash": found.terms_hash,
            "is_waiting": is_waiting,
            "buyer": names.named(found.buyer),
        },
        "is_own": is_own,
        "place": place,
        "waiting": waiting,
        "unit": str(CapacityUnit(unit).label),
        "options": _options(found, wanted),
        "lots": _lots(found, reopenings),
        "reopenings": [
            {
                "order_id": each.order_id,
                "order": each.order.number,
                "listing_id": each.listing_id,
                "listing": names.named(each.listing, "title"),
                "provider": names.named(each.listing.provider),
                "option": each.option + 1,
                "reason": delivery_words.reason(each.reason),
                "at": each.reopened_at,
            }
            for each in reopenings
        ],
    }


def _options(found: Any, wanted: DemandTerms) -> list[dict[str, Any]]:
    tried = [*found.tried, *[None] * len(wanted.options)]
    return [
        {
            "number": number,
            "need": demand_words.option(option),
            "limit": demand_words.limit(option),
            "starts_at": option.starts_at,
            "latest_start_at": option.latest_start_at,
            "least_milli": option.least_milli,
            "is_filled": found.option == number - 1,
            "eligible": came["eligible"] if came else None,
            "barred": _barred(came) if came else [],
        }
        for number, (option, came) in enumerate(zip(wanted.options, tried, strict=False), start=1)
    ]


def _barred(came: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"reason": demand_words.reason(code), "count": count}
        for code, count in came["barred"].items()
    ]


def _lots(found: Any, reopenings: Any) -> list[dict[str, Any]]:
    return [
        {
            "order_id": lot.order_id,
            "order": lot.order.number,
            "listing": names.named(lot.listing, "title"),
            "listing_id": lot.listing_id,
            "provider": names.named(lot.listing.provider),
            "units_milli": lot.units_milli,
            "starts_at": lot.order.starts_at,
            "ends_at": lot.order.ends_at,
            "amount_minor": lot.amount_minor,
            "path_minor": lot.path_minor,
            "ms": lot.latency_ms,
            "kwh": None if lot.watt_hours is None else Decimal(lot.watt_hours) / 1000,
            "carbon_g": lot.carbon_g,
        }
        for lot in demands_selectors.serving_lots(demands_selectors.lots_of([found.pk]), reopenings)
    ]


def search(row: Any) -> dict[str, Any]:
    """Return what a saved search shows."""
    return {
        "id": row.pk,
        "name": row.name,
        "need": demand_words.need(demand_terms.thawed(row.need, Need)),
        "saved_at": row.saved_at,
        "found": row.found,
        "address": reverse("portal:market"),
    }


def search_name(need: Need, *, at: datetime) -> str:
    """Return a name for a search that is kept: what is looked for, and when it was saved."""
    when = at.astimezone(moments.market_zone()).strftime("%Y-%m-%d %H:%M:%S")
    return f"{demand_words.need(need)[: NAME_MAX - 20]} {when}"
