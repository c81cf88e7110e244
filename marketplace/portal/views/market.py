"""The market: search, one listing, and listings side by side."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from common import clock, moments, tenancy
from common.period import Period
from common.remembering import Remembered
from identity.contracts import ResourceClass, Role
from marketplace.baselines import rules as baselines_rules
from marketplace.baselines import selectors as baselines_selectors
from marketplace.bulletin import selectors as bulletin_selectors
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState, MarketFigures, MarketRow
from marketplace.catalog.rows import ListingRow
from marketplace.fulfilment import maintenance_selectors as fulfilment_maintenance
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import (
    announced_words,
    charts,
    community_words,
    comparing,
    delivery_words,
    level_words,
    maintenance_words,
    market_search,
    preemption_words,
    prepaid_words,
    reference_words,
    score_words,
    token_words,
)
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.member_prices import own_groups
from marketplace.portal.pager import cursor_of, page_scope_of, pager
from marketplace.portal.state_sheet import told_lines, told_states
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ANY
from marketplace.vouchers.selectors import Wallet
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import MonthPue
from pricing import selectors as pricing_selectors

COMPARE_MAX: Final = 4
INDEX_DAYS: Final = 14
COMPARE_KEY: Final = "compare"
OUTLOOK: Final = timedelta(hours=24)
# Figures of the whole market that move by the hour; nobody's own.
_kept: Final[Remembered[Any]] = Remembered(seconds=10, most=8)


@page()
def market(request: PortalRequest) -> HttpResponse:
    """Show the open market under the filters of the query."""
    now = clock.now()
    search = market_search.read(request.GET)
    own = own_groups(request, now)
    wallet = _wallet(request, now)
    shares = _voucher_shares(wallet) if wallet else {}
    counted = catalog_selectors.counts(replace(search.filter, groups=own.asked), at=now)
    facets, figures = counted.facets, counted.figures
    found = catalog_selectors.market_page(
        replace(search.filter, groups=own.asked),
        at=now,
        sort=search.sort,
        voucher_shares=shares,
        cursor=cursor_of(request),
        scope=page_scope_of(request),
        size=market_search.TABLE_SIZE if search.is_table else market_search.PAGE_SIZE,
    )
    context = {
        "now": now,
        "search": search,
        "facets": facets,
        "filters": market_search.choices(search, facets),
        "chips": market_search.chips(search),
        "bars": market_search.histogram(search, facets),
        "machine": market_search.machine(search),
        "buyer_places": market_search.places_of_buyers(search),
        "sorts": market_search.sorts(has_vouchers=bool(shares)),
        "rows": found.rows,
        "told": told_states(found.rows, now=now),
        "pages": pager(request, found.next_cursor, found.previous_cursor),
        "list_address": search.address(view=None),
        "table_address": search.address(view="table"),
        "figures": figures,
        "free_standard": _free_standard(figures),
        "prices": counted.prices,
        "traded": _kept.get("day", lambda: bulletin_selectors.market_day(now=now)),
        "index_spark": _kept.get("spark", _index_spark),
        "classes": {line.resource_class: line for line in figures.capacity},
        "wallet": wallet,
        "voucher_shares": shares,
        "references": _beside(found.rows, now),
        "member_groups": own.shown,
        "own_projects": own.projects,
        "own_project": own.project,
        "for_project": f"?{urlencode({'project': own.project})}" if own.project else "",
    }
    return render(request, "portal/market.html", context | compare_tray(request))


def _beside(rows: Sequence[MarketRow], now: datetime) -> dict[UUID, dict[str, str] | None]:
    """Return how the prices of rows lie to the reference price; one look for many readers."""
    of = _kept.get("reference", lambda: baselines_selectors.reference_in_force(at=now))
    return {
        row.id: reference_words.told(baselines_rules.beside(row.price_per_standard_hour, of))
        for row in rows
    }


def _wallet(request: PortalRequest, now: datetime) -> Wallet | None:
    if not request.actor.has_role(Role.BUYER):
        return None
    return vouchers_selectors.wallet(holder_id=request.actor.organization_id, at=now)


def _index_spark() -> charts.Spark | None:
    """Return how the index of AI compute moved; nothing while it has too few days."""
    series = bulletin_selectors.series(resource_class=ResourceClass.AI, days=INDEX_DAYS)
    return charts.spark([index.price for index in series if index.price is not None])


def _free_standard(figures: MarketFigures) -> Decimal:
    """Return the free capacity that can be converted, in standard hours per hour."""
    return sum((line.available_standard or Decimal(0) for line in figures.capacity), Decimal(0))


def _voucher_shares(wallet: Wallet) -> dict[str, Decimal]:
    """Return the largest share that the buyer's usable vouchers pay, by class of resources."""
    shares: dict[str, Decimal] = {}
    for voucher in wallet.usable:
        for rate in voucher.rules.rates:
            classes = ResourceClass.values if rate.resource_class == ANY else [rate.resource_class]
            for name in classes:
                shares[name] = max(shares.get(name, Decimal(0)), rate.share)
    return shares


def compare_tray(request: PortalRequest) -> dict[str, Any]:
    """Return the listings that are chosen for comparison."""
    ids = [UUID(value) for value in request.session.get(COMPARE_KEY, [])]
    chosen = catalog_selectors.listings(ids) if ids else {}
    return {
        "tray": [chosen[key] for key in ids if key in chosen],
        "tray_ids": set(chosen),
        "tray_max": COMPARE_MAX,
        "may_order": request.actor.has_role(Role.BUYER),
    }


@page()
@form_only
def toggle_compare(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Put a listing into the comparison, or take it out."""
    catalog_selectors.listing(listing_id)
    chosen: list[str] = request.session.get(COMPARE_KEY, [])
    if str(listing_id) in chosen:
        chosen = [value for value in chosen if value != str(listing_id)]
    elif len(chosen) < COMPARE_MAX:
        chosen = [*chosen, str(listing_id)]
    else:
        messages.warning(
            request, _("At most %(limit)s listings can be compared.") % {"limit": COMPARE_MAX}
        )
    request.session[COMPARE_KEY] = chosen
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return redirect("portal:market")
    return HttpResponseRedirect(f"{target.partition('#')[0]}#listing-{listing_id}")


@page()
@form_only
def clear_compare(request: PortalRequest) -> HttpResponse:
    """Empty the comparison."""
    request.session[COMPARE_KEY] = []
    return redirect("portal:market")


@page()
def compare(request: PortalRequest) -> HttpResponse:
    """Show the chosen listings side by side."""
    now = clock.now()
    tray = compare_tray(request)
    free = catalog_selectors.free_now(tray["tray_ids"], at=now) if tray["tray"] else {}
    own = own_groups(request, now)
    asked = catalog_selectors.all_in_of(tray["tray_ids"], groups=own.asked) if tray["tray"] else {}
    is_narrow = request.GET.get("only") == "differences"
    told = told_states(tray["tray"], now=now)
    reference = baselines_selectors.reference_in_force(at=now)
    table = comparing.table(
        tray["tray"],
        free,
        told,
        all_in=asked,
        groups=own.shown,
        reference=reference,
        only_differences=is_narrow,
    )
    context = {"table": table, "now": now, "is_narrow": is_narrow}
    return render(request, "portal/compare.html", tray | context)


def _ordered_with(found: ListingRow) -> Any:
    """Return what may be ordered together with a listing of compute."""
    is_compute = found.capacity_unit not in catalog_rules.OWN_UNITS
    return catalog_selectors.beside(found.pk) if is_compute else {}


@page()
def listing(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Show one listing: what it is, what it costs and why, and when it is free."""
    now = clock.now()
    found = catalog_selectors.listing(listing_id)
    whole = pricing_selectors.rate_card(found.plan_version_id)
    card = catalog_rules.card_of(whole, capacity_unit=found.capacity_unit)
    own = own_groups(request, now)
    context = {
        "listing": found,
        "resource": found.resource,
        "card": card,
        "beside": _ordered_with(found),
        "announced": announced_words.announced_prices(found.plan_version.plan_id, now),
        "all_in": catalog_selectors.all_in_of([found.pk], groups=own.asked).get(found.pk),
        "member_groups": own.shown,
        "rule": found.rule_version,
        "grid": energy_selectors.grid_book(year=moments.market_date(now).year).factor_of(
            found.resource
        ),
        "measured_pue": _measured_pue(found.resource_id, moments.market_date(now)),
        "free_milli": catalog_selectors.free_now([found.pk], at=now).get(found.pk, 0),
        "outlook": _outlook(found, now),
        "is_open": found.state == ListingState.OPEN,
        "least": prepaid_words.least_order(
            found.least, found.plan_version.terms, capacity_unit=found.capacity_unit
        ),
        "bought_whole": prepaid_words.bought_whole(
            found.plan_version.terms, capacity_unit=found.capacity_unit
        ),
        "tokens": token_words.token_terms(found),
        "reference": reference_words.beside(found.price_per_standard_hour, at=now),
        "halt": orders_selectors.halt_in_force(book_id=found.book_id, at=now),
        "round_absence": catalog_rules.round_absence(
            found.standard_factor, found.price_per_standard_hour
        ),
        "has_beside": found.capacity_unit not in catalog_rules.OWN_UNITS,
        "is_own": found.provider_id == request.actor.organization_id,
        "told": told_lines(found.resource, now=now),
        "charging_told": delivery_words.charging_told(now),
        "preemptible_told": preemption_words.preemptible_told(found.preemption_minutes),
        "quality": score_words.listing_score(found.resource_id),
        "level_told": level_words.listing_lines(found.pk, now=now),
        "community_told": community_words.left_told(found, request.actor, now=now),
        "maintenance": maintenance_words.maintenance_notes(
            fulfilment_maintenance.maintenance_to_come(found.pk, now=now)
        ),
        "now": now,
    }
    return render(request, "portal/listing.html", context | compare_tray(request))


def _measured_pue(resource_id: UUID, on: date) -> MonthPue | None:
    """Return the PUE of the latest month of the building that a resource stands in."""
    with tenancy.acting_as_platform():
        return energy_selectors.latest_pues([resource_id], on=on).get(resource_id)


def _outlook(found: ListingRow, now: datetime) -> list[charts.Bar]:
    """Return how much of a listing is free in each hour of the next day."""
    start = now.replace(minute=0, second=0, microsecond=0)
    pieces = catalog_selectors.free_capacity(found, Period(start, start + OUTLOOK))
    hours = [start + timedelta(hours=place) for place in range(24)]
    shares = []
    for hour in hours:
        least = min(
            (
                piece.free_milli
                for piece in pieces
                if piece.starts_at < hour + timedelta(hours=1) and piece.ends_at > hour
            ),
            default=found.total_milli,
        )
        shares.append((hour, least * 100 // found.total_milli))
    return charts.shares(shares)
