"""What a page shows of an explanation: listings as they were judged, and changes as buttons."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from common import moments
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.least import units
from marketplace.demands.changing import DEMANDS
from marketplace.orders.whys import Judged, Judgement, SmallChange, SmallChangeKind, Why
from marketplace.portal import demand_words, figures, names, why_words
from marketplace.portal.order_form import LOCAL


def context(
    why: Why | None,
    *,
    unit: str,
    source: dict[str, str],
    is_own: bool,
    proof: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """
    Return what a page shows of an explanation; `source` names what is ordered again.

    `proof` are the addresses of what decided it and of the script that decides it again.
    Only who owns what was asked for is offered the changes.
    """
    if why is None:
        return {"why": None}
    ids = {each.listing_id for it in why.judgements for each in it.judged}
    ids |= {pk for each in why.changes for pk in each.listings}
    listings = catalog_selectors.listings(ids)
    return {
        "why": {
            "rule": why.rule_version,
            "at": why.at,
            "is_now": why.is_now,
            "round": why.round_number,
            "input_hash": why.input_hash,
            "output_hash": why.output_hash,
            "proof": proof if why.output_hash else None,
            "late": demand_words.reason(why.late_code) if why.late_code else "",
            "funds": why.funds if why.funds and why.funds.missing_minor else None,
            "judgements": [
                _judgement(number, each, listings, unit, many=len(why.judgements) > 1)
                for number, each in enumerate(why.judgements, start=1)
            ],
            "is_refused": bool(why.late_code) or all(each.code for each in why.judgements),
            "changes": [_change(each, listings, unit, source) for each in why.changes]
            if is_own
            else [],
        }
    }


def _judgement(
    number: int, each: Judgement, listings: Mapping[UUID, Any], unit: str, *, many: bool
) -> dict[str, Any]:
    return {
        "number": number if many else 0,
        "reason": demand_words.reason(each.code) if each.code else "",
        "considered": each.considered,
        "eligible": each.eligible,
        "left_out": each.left_out,
        "barred": [
            {"reason": demand_words.reason(code), "count": count}
            for code, count in each.barred.items()
        ],
        "rows": [_row(it, listings[it.listing_id], unit) for it in each.judged],
    }


def _row(each: Judged, listing: Any, unit: str) -> dict[str, Any]:
    return {
        "listing_id": each.listing_id,
        "name": names.named(listing, "title"),
        "provider": names.named(listing.provider),
        "hub": names.hub(listing.hub),
        "rank": each.rank,
        "taken": why_words.amount(each.taken_milli, unit) if each.taken_milli else "",
        "amount_minor": each.amount_minor,
        "starts_at": each.starts_at,
        "reason": demand_words.reason(each.code) if each.code else "",
        "compared": why_words.compared(each.code, each.asked, each.there, unit),
        "short": [
            {
                "when": figures.span(it.starts_at, it.ends_at),
                "free": why_words.amount(it.free_milli, unit),
            }
            for it in each.short
        ],
    }


def _change(
    each: SmallChange, listings: Mapping[UUID, Any], unit: str, source: dict[str, str]
) -> dict[str, Any]:
    first = listings.get(each.listings[0]) if each.listings else None
    return {
        "kind": str(each.kind),
        "title": why_words.change(each, unit),
        "against": why_words.against(each),
        "where": "" if first is None else f"{names.hub(first.hub)} · {names.named(first, 'title')}",
        "more": max(0, len(each.listings) - 1),
        "amount_minor": each.amount_minor if each.kind != SmallChangeKind.FUNDS else None,
        "is_now": each.is_now,
        "address": _address(each, source),
    }


def _address(each: SmallChange, source: dict[str, str]) -> str:
    """Return where the form stands that orders just this."""
    if each.kind == SmallChangeKind.FUNDS:
        return reverse("portal:wallet")
    if each.path == DEMANDS:
        query = source | {"change": str(each.kind)}
        return f"{reverse('portal:demand-new')}?{urlencode(query)}"
    asked = {"again": source.get("order", ""), "units": units(each.units_milli or 0)}
    if each.starts_at is not None:
        at = each.starts_at.astimezone(moments.market_zone())
        asked["starts_at"] = at.strftime(LOCAL)
    return f"{reverse('portal:order-place', args=[each.listings[0]])}?{urlencode(asked)}"
