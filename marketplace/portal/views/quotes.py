"""Quotes: asking for one, keeping it, sharing it, ordering at it, and why its price is so."""

import json
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import addresses, clock
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.least import units
from marketplace.demands import selectors as demands_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderWish
from marketplace.orders.rules import whole_seconds
from marketplace.portal import (
    alternative_words,
    desk,
    ending_words,
    foreseen_words,
    names,
    order_form,
    preemption_words,
    quote_page,
    quoting,
    reference_words,
    repeating,
    why_price,
)
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.lists.quotes import QUOTES, quote_lines
from marketplace.portal.once import once, remember
from marketplace.portal.papers.quote import quote_paper
from marketplace.portal.quote_form import QuoteForm, QuoteLinkForm, QuoteOrderForm
from marketplace.portal.tables import Queried
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services

TOKEN_LENGTH_MAX: Final = 64
LINKS_SHOWN: Final = 20
LINK_DAYS: Final = 7
# The inputs that the rooms' refusals are about.
ASKED_BY: Final = {"units_milli": "units", "ends_at": "length"}


@page(Role.BUYER)
def quotes(request: PortalRequest) -> HttpResponseBase:
    """Show the quotes that hold, are kept or are shared, with until when each holds."""
    now, buyer_id = clock.now(), request.actor.organization_id
    found = pricing_selectors.listed_quotes_of(buyer_id, at=now)
    table = QUOTES.read(
        request, Queried(found), dress=lambda rows: quote_lines(rows, now, buyer_id=buyer_id)
    )
    empty = desk.Empty(
        _("No quotes yet"),
        _("Ask for one on the page of a listing; its price then holds for days."),
        symbol="receipt",
        link=desk.Link(_("Compute market"), reverse("portal:market")),
    )
    head = desk.Head(
        _("Quotes"),
        _("A price that is promised for a while; no capacity is set aside."),
        crumbs=[(_("Orders"), reverse("portal:orders"))],
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def new_quote(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Ask for the price of a listing, to be kept for days."""
    listing = catalog_selectors.listing(listing_id)
    now = clock.now()
    open_ = quoting.projects_of(request)
    form = QuoteForm(request.POST or None, listing=listing, now=now, projects=open_)
    form.initial.update(order_form.prefilled(request.GET))
    made: list[Any] = []

    def ask() -> None:
        made.append(
            catalog_services.quote_listing(
                buyer_id=request.actor.organization_id,
                listing_id=listing.pk,
                milli=form.units_milli,
                period=form.period,
                mix=form.token_mix,
                now=now,
                valid_for=form.valid_for,
                project_id=form.ordered_for,
                person_id=request.actor.person_id,
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, ask, ASKED_BY):
        return redirect("portal:quote", made[0].pk)
    back = reverse("portal:listing", args=[listing.pk])
    head = desk.Head(
        _("Get a quote"),
        _("The price of exactly this is worked out from the rate plan and frozen for you."),
        crumbs=[(listing.number, back)],
    )
    asked = desk.FormBlock(form, _("Get the quote"), back)
    notes = preemption_words.preemptible_notes(listing.preemption_minutes)
    return desk.show(request, head, [*notes, asked])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def quote(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """Show a quote: what it says, who would pay, energy, alternatives; and make a link to it."""
    now, buyer_id = clock.now(), request.actor.organization_id
    found = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    form = QuoteLinkForm(request.POST or None, initial={"days": LINK_DAYS})
    shared: list[Any] = []

    def share() -> None:
        shared.append(
            pricing_services.share_quote(
                quote_id=found.pk, buyer_id=buyer_id, days=form.cleaned_data["days"], now=now
            )
        )

    notes: list[Any] = []
    if request.method == "POST" and form.is_valid() and desk.is_done(form, share):
        address = addresses.public(reverse("portal:shared-quote", args=[shared[0].token]))
        told = _("Whoever has this address reads the quote. It is shown this once: %(address)s")
        notes.append(desk.Note(told % {"address": address}, copied=address))
        # The answer shows the address, so it is no redirect: `once` alone would not note it.
        remember(request, request.path)
        form = QuoteLinkForm(initial={"days": LINK_DAYS})
    listing = catalog_selectors.listing(UUID(found.subject["listing_id"]))
    ordered = orders_selectors.standing_order(quote_id=found.pk, buyer_id=buyer_id)
    number, told, tag = quote_page.quoted_head(found, now, is_used=ordered is not None)
    notes += _why_not(found, now, ordered)
    notes += preemption_words.preemptible_notes(listing.preemption_minutes)
    main = [*notes, quote_page.line_sheet(found.lines, found.gross_minor)]
    other = demands_selectors.alternatives_to(
        subject=found.subject, gross_minor=found.gross_minor, at=now, buyer_id=buyer_id
    )
    main += alternative_words.blocks(other, project_id=found.project_id)
    foreseen = orders_selectors.hold_of_quote(quote_id=found.pk, buyer_id=buyer_id, at=now)
    side = [
        desk.Facts(
            _("What is quoted"),
            [
                *quote_page.what_for(listing, found.subject, found.standard_hours),
                *quote_page.document_of(found),
                *reference_words.of_quote(found.gross_minor, found.standard_hours, at=now),
                (
                    _("To end early"),
                    desk.Cell(
                        ending_words.of_terms(
                            found.plan_version.terms,
                            window_seconds=listing.rule_version.window_seconds,
                        )
                    ),
                ),
            ],
        ),
        *quote_page.of_member(found),
        *quote_page.of_payment(foreseen),
        *foreseen_words.of_project(found, foreseen, request.actor.person_id, at=now),
        foreseen_words.beside(found, listing, at=now),
        quote_page.energy_facts(
            catalog_selectors.energy_of_subject(listing, found.subject, at=now)
        ),
        desk.FormBlock(
            form,
            _("Make a link"),
            title=_("Share it"),
            told=_("A link shows what the quote says, to anybody, until it ends or is revoked."),
        ),
        *_links(found, now),
    ]
    head = desk.Head(
        number,
        told,
        crumbs=[(_("Quotes"), reverse("portal:quotes"))],
        tags=[tag],
        links=_acts(found, now, ordered),
    )
    return desk.show(request, head, main, side)


def _why_not(found: Any, now: Any, ordered: Any) -> list[desk.Note]:
    """Return why nothing is ordered at a quote that holds: it was used, or its time has begun."""
    if ordered is not None:
        told = _("This quote was used: order %(order)s stands at it.")
        return [desk.Note(told % {"order": ordered.number})]
    if found.valid_until > now and quote_page.subject_period(found.subject).starts_at < now:
        return [
            desk.Note(
                _("Its time has begun, so it can't be ordered: get a new quote for another time."),
                "warning",
            )
        ]
    return []


def _anew(found: Any) -> desk.Link:
    """Return where the same is quoted for another time."""
    period = quote_page.subject_period(found.subject)
    asked = {
        "units": units(found.subject["units_milli"]),
        "seconds": whole_seconds(period.starts_at, period.ends_at),
    }
    if found.project_id is not None:
        asked["project_id"] = str(found.project_id)
    address = reverse("portal:quote-new", args=[found.subject["listing_id"]])
    return desk.Link(_("Get a new quote"), f"{address}?{urlencode(asked)}", tone="primary")


def _acts(found: Any, now: Any, ordered: Any) -> list[desk.Link]:
    links = [
        desk.Link("PDF", reverse("portal:quote-paper", args=[found.pk]), symbol="file-export"),
        desk.Link(_("Why this price?"), reverse("portal:quote-why", args=[found.pk])),
    ]
    if ordered is not None:
        placed = reverse("portal:order", args=[ordered.pk])
        links.append(desk.Link(ordered.number, placed, tone="primary"))
    elif found.valid_until > now and not _why_not(found, now, None):
        order = reverse("portal:quote-order", args=[found.pk])
        links.append(desk.Link(_("Order at this price"), order, tone="primary"))
    else:
        links.append(_anew(found))
    return links


def _links(found: Any, now: Any) -> list[desk.Acting]:
    live = pricing_selectors.live_links_of_quote(found, at=now)[:LINKS_SHOWN]
    return [
        desk.Acting(
            title=_("Link of %(day)s") % {"day": quote_page.day_of(each.issued_at)},
            told=_("It ends on %(day)s.") % {"day": quote_page.day_of(each.expires_at)},
            action=reverse("portal:quote-link-revoke", args=[each.pk]),
            act=_("Revoke it"),
        )
        for each in live
    ]


@page(Role.BUYER)
@form_only
def revoke_link(request: PortalRequest, quote_link_id: UUID) -> HttpResponse:
    """Let a link to a quote lead nowhere from now on."""
    link = pricing_services.revoke_quote_link(
        link_id=quote_link_id, buyer_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The link is revoked."))
    return redirect("portal:quote", link.quote_id)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def order_at_quote(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """Place an order at the price of a quote that holds."""
    now, actor = clock.now(), request.actor
    found = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=actor.organization_id)
    listing = catalog_selectors.listing(UUID(found.subject["listing_id"]))
    period, milli = quote_page.subject_period(found.subject), found.subject["units_milli"]
    asked = repeating.asked(
        actor.organization_id,
        unit=listing.capacity_unit,
        units_milli=milli,
        period=period,
        gross_minor=found.gross_minor,
    )
    form = QuoteOrderForm(
        request.POST or None,
        projects=order_form.project_choices(quoting.projects_of(request)),
        project_id=found.project_id,
        asked=asked,
    )
    made: list[Any] = []

    def place() -> None:
        typed = form.cleaned_data
        wish = OrderWish(
            key=str(typed["key"]),
            units_milli=milli,
            period=period,
            listing_id=listing.pk,
            quote_id=found.pk,
            use_vouchers=typed["use_vouchers"],
            project_id=UUID(typed["project_id"]) if typed["project_id"] else None,
            repeated=repeating.read(typed.get("repeat", ""), listing.capacity_unit),
        )
        by = Person(actor.person_id, actor.organization_id)
        made.append(
            orders_services.place_or_propose(
                buyer_id=actor.organization_id, wish=wish, by=by, placed_at=now
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, place):
        if isinstance(made[0], Proposed):
            messages.info(request, _("The order waits until another buyer of yours approves it."))
            return redirect("portal:approval", made[0].id)
        return redirect("portal:order", made[0].pk)
    back = reverse("portal:quote", args=[found.pk])
    ordered = orders_selectors.standing_order(quote_id=found.pk, buyer_id=actor.organization_id)
    number, told, tag = quote_page.quoted_head(found, now, is_used=ordered is not None)
    why = _why_not(found, now, ordered)
    head = desk.Head(
        _("Order at this price"),
        told,
        crumbs=[(number, back)],
        tags=[tag],
        links=_acts(found, now, ordered)[-1:] if why else [],
    )
    facts = desk.Facts(
        _("What is quoted"), quote_page.what_for(listing, found.subject, found.standard_hours)
    )
    side = [facts, *quote_page.of_member(found)]
    if why:
        answer = desk.show(request, head, why, side)
        answer.status_code = 422 if form.is_bound else 200
        return answer
    return desk.show(request, head, [desk.FormBlock(form, _("Place the order"), back)], side)


@page(Role.BUYER)
@require_safe
def paper(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """Answer a quote as a PDF to keep, with a code that leads to its proof."""
    now, buyer_id = clock.now(), request.actor.organization_id
    found = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    listing = catalog_selectors.listing(UUID(found.subject["listing_id"]))
    proof = reverse("portal:quote-proof", args=[found.pk])
    made = quote_paper(
        found,
        listing=listing,
        buyer=found.buyer,
        foreseen=orders_selectors.hold_of_quote(quote_id=found.pk, buyer_id=buyer_id, at=now),
        energy=catalog_selectors.energy_of_subject(listing, found.subject, at=now),
        others=demands_selectors.alternatives_to(
            subject=found.subject, gross_minor=found.gross_minor, at=now, buyer_id=buyer_id
        ),
        proof_address=addresses.public(f"{proof}?hash={found.inputs_hash}"),
        at=found.quoted_at,
    )
    name = f'attachment; filename="{names.quoted(found.pk)}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@page(Role.BUYER)
@require_safe
def why_this_price(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """Show everything that decided a price, and how to compute it without the market."""
    found = pricing_selectors.quote_for_buyer(
        quote_id=quote_id, buyer_id=request.actor.organization_id
    )
    return why_price.show(request, found)


@page(Role.BUYER)
@require_safe
def evidence(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """Answer with what `verify_price.py` reads."""
    found = pricing_selectors.quote_for_buyer(
        quote_id=quote_id, buyer_id=request.actor.organization_id
    )
    text = json.dumps(pricing_selectors.evaluation(found), ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    name = f"{names.quoted(found.pk)}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def shared_quote(request: HttpRequest, quote_token: str) -> HttpResponse:
    """Show what a quote says to whoever has a live link; nothing else, and to no search engine."""
    said = (
        pricing_selectors.shared_quote(quote_token)
        if len(quote_token) <= TOKEN_LENGTH_MAX
        else None
    )
    if said is None:
        raise Http404
    now = clock.now()
    listing = catalog_selectors.listing(UUID(said["subject"]["listing_id"]))
    # As anybody is offered: whose quote it is is not told, nor what that buyer may not order.
    others = demands_selectors.alternatives_to(
        subject=said["subject"], gross_minor=said["gross_minor"], at=now
    )
    energy = catalog_selectors.energy_of_subject(listing, said["subject"], at=now)
    context = {
        "number": names.quoted(UUID(said["id"])),
        "said": said,
        "listing": listing,
        "period": quote_page.subject_period(said["subject"]),
        "is_over": said["valid_until"] <= now,
        "energy": quote_page.energy_facts(energy).pairs,
        "other_heads": alternative_words.heads(),
        "others": [
            (each.listing, row)
            for each, row in zip(others.offers, alternative_words.plain_rows(others), strict=True)
        ],
        "others_told": alternative_words.told(others),
        "proof": f"{reverse('portal:quote-proof', args=[said['id']])}?hash={said['inputs_hash']}",
    }
    answer = render(request, "public/shared_quote.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_safe
def quote_proof(request: HttpRequest, proved_quote_id: UUID) -> HttpResponse:
    """Tell anybody who has a paper whether it is a quote of the market; no price."""
    digest = str(request.GET.get("hash", "")).strip()[:64]
    told = pricing_selectors.quote_proof(quote_id=proved_quote_id, inputs_hash=digest)
    context = {
        "number": names.quoted(proved_quote_id),
        "told": told,
        "hash": digest,
        "now": clock.now(),
    }
    answer = render(request, "public/quote_proof.html", context, status=200 if told else 404)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
