"""What everybody may read without signing in: listings, the index with its method, programmes."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, moments
from common.errors import Refusal
from identity.contracts import ResourceClass
from marketplace.bulletin import boards
from marketplace.bulletin import rules as bulletin_rules
from marketplace.bulletin import selectors as bulletin_selectors
from marketplace.bulletin.contracts import EXCLUSION_WORDS, Exclusion
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.portal import (
    announced_words,
    level_words,
    market_search,
    prepaid_words,
    programme_words,
    rates_form,
    reference_words,
    score_words,
    token_words,
)
from marketplace.portal.index_chart import index_chart
from marketplace.portal.pager import cursor_of, page_scope_of, paged, pager
from marketplace.portal.state_sheet import told_lines, told_states
from marketplace.portal.views.landing import DAYS, newest_day, of_day
from marketplace.vouchers import selectors as vouchers_selectors

INDEX_ROWS: Final = 14
PROGRAMMES_MAX: Final = 100


def market(request: HttpRequest) -> HttpResponse:
    """Show the open listings under the filters of the query, without acts."""
    now = clock.now()
    search = market_search.read(request.GET)
    facets = catalog_selectors.facets(search.filter, at=now)
    found = catalog_selectors.market_page(
        search.filter,
        at=now,
        sort=search.sort,
        cursor=cursor_of(request),
        scope=page_scope_of(request),
        size=market_search.PAGE_SIZE,
    )
    context = {
        "now": now,
        "search": search,
        "facets": facets,
        "filters": market_search.choices(search, facets),
        "chips": market_search.chips(search),
        "buyer_places": market_search.places_of_buyers(search),
        "sorts": market_search.sorts(has_vouchers=False),
        "rows": found.rows,
        "told": told_states(found.rows, now=now),
        "pages": pager(request, found.next_cursor, found.previous_cursor),
    }
    return render(request, "public/market.html", context)


def listing(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """
    Show one open listing: what it is, what it costs and by what plan, and how good it was.

    It says what the lists of the market and the passport say, and whose listing it is; nobody's
    own figures. What is not on the market is not found.

    :raises Http404: if it is paused or closed
    """
    now = clock.now()
    found = catalog_selectors.listing(listing_id)
    if found.state != ListingState.OPEN:
        raise Http404
    plan = found.plan_version
    context = {
        "now": now,
        "listing": found,
        "resource": found.resource,
        "plan": f"{plan.plan.code} v{plan.version}",
        "plan_hash": plan.content_hash,
        "plan_source": plan.source,
        "plan_clause": plan.clause,
        "plan_told": list(rates_form.told(plan.components, plan.terms)),
        "announced": announced_words.announced_prices(plan.plan_id, now),
        "all_in": catalog_selectors.all_in_of([found.pk]).get(found.pk),
        "rule": found.rule_version,
        "free_milli": catalog_selectors.free_now([found.pk], at=now).get(found.pk, 0),
        "least": prepaid_words.least_order(
            found.least, found.plan_version.terms, capacity_unit=found.capacity_unit
        ),
        "bought_whole": prepaid_words.bought_whole(
            found.plan_version.terms, capacity_unit=found.capacity_unit
        ),
        "beside": [
            each
            for each in catalog_selectors.beside(found.pk).values()
            if each.state == ListingState.OPEN
        ],
        "tokens": token_words.token_terms(found),
        "reference": reference_words.beside(found.price_per_standard_hour, at=now),
        "quality": score_words.listing_score(found.resource_id),
        "level_told": level_words.listing_lines(found.pk, now=now),
        "told": told_lines(found.resource, now=now),
    }
    return render(request, "public/listing.html", context)


def prices(request: HttpRequest) -> HttpResponse:
    """Show the index of one class on a day: the figure, its method, and what was left out."""
    resource_class = _class_of(request)
    series = list(bulletin_selectors.series(resource_class=resource_class, days=DAYS))
    day = _day_of(request) or newest_day(series)
    index = of_day(series, day=day)
    rows = bulletin_selectors.indexes().filter(resource_class=resource_class)
    shown, pages = paged(rows, request, size=INDEX_ROWS)
    context = {
        "classes": list(ResourceClass),
        "resource_class": resource_class,
        "index": index,
        "chart": index_chart(series),
        "chart_small": index_chart(series, width=358, height=220),
        "exclusions": _exclusions(index.row),
        "trades_min": bulletin_rules.TRADES_MIN,
        "providers_min": bulletin_rules.PROVIDERS_MIN,
        "methodology": bulletin_rules.METHODOLOGY,
        "rows": shown,
        "pages": pages,
    }
    return render(request, "public/prices.html", context)


def _class_of(request: HttpRequest) -> ResourceClass:
    asked = request.GET.get("class", ResourceClass.AI)
    return ResourceClass(asked) if asked in ResourceClass.values else ResourceClass.AI


def _day_of(request: HttpRequest) -> date | None:
    """
    Return the day that the address names.

    :raises Http404: if it names what is no day
    """
    asked = request.GET.get("day", "")
    if not asked:
        return None
    try:
        return moments.parse_day(asked)
    except Refusal as refusal:
        raise Http404 from refusal


def _exclusions(row: Any) -> list[dict[str, Any]]:
    """Return every reason with its code and how many records it kept out."""
    counted = row.excluded if row else {}
    return [
        {"code": str(code), "words": EXCLUSION_WORDS[code], "count": counted.get(code, 0)}
        for code in Exclusion
    ]


def programmes(request: HttpRequest) -> HttpResponse:
    """Show the programmes with their rules in plain words and what they have left."""
    shown = boards.public()
    left = shown.content.pools if shown else {}
    found = vouchers_selectors.summaries(
        vouchers_selectors.programmes()[:PROGRAMMES_MAX], at=clock.now(), left=left
    )
    context = {
        "programmes": [(each, programme_words.rule_words(each.rules).items()) for each in found],
        "taken_at": shown.taken_at if shown else None,
    }
    return render(request, "public/programmes.html", context)
