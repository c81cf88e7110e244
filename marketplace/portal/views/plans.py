"""A provider's rate plans: what is asked for capacity, by versions that are never edited."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments, notice
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.portal import basis_words, desk, figures, names, rates_form, reach_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.prices import PLANS, PlanLine
from marketplace.portal.once import once
from marketplace.portal.rates_form import RatesForm
from marketplace.portal.tables import Queried
from marketplace.rounds.contracts import PLAN_CODES
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing import wording
from pricing.contracts import RateCard

SHOWN_MAX: Final = 50
# The inputs that the rooms' refusals are about.
FIELDS: Final = {"components": "rates", "terms": "rates", "starts_at": "first_day"}


class PlanForm(OnceForm):
    """A price list to open."""

    code = forms.RegexField(
        r"\A[a-z][a-z0-9-]{0,39}\Z",
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Lower-case letters, digits and hyphens. It stays for good."),
    )
    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)


@page(Role.PROVIDER)
def plans(request: PortalRequest) -> HttpResponse:
    """Show a provider's rate plans with what each says now."""
    now = clock.now()

    def lines(page: Sequence[Any]) -> list[PlanLine]:
        cards = pricing_selectors.cards_in_effect(plan_ids=[each.pk for each in page], at=now)
        return [PlanLine(each, cards.get(each.pk)) for each in page]

    opening = desk.Link(_("New rate plan"), reverse("portal:plan-new"), "plus", "primary")
    head = desk.Head(
        _("Rate plans"),
        _("What you ask for capacity. A listing bears the version of its plan that is in force."),
        links=[desk.Link(_("Price groups"), reverse("portal:price-groups"), "user"), opening],
    )
    empty = desk.Empty(
        _("No rate plans yet"),
        _("A new listing opens one by itself; here prices of many listings are kept together."),
        "calculator",
        opening,
    )
    own = pricing_selectors.plans_of(request.actor.organization_id)
    found = Queried(own.exclude(code__regex=PLAN_CODES))  # Nobody asks the price of a round again.
    return desk.show(request, head, [desk.Listed(PLANS.read(request, found, dress=lines), empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_plan(request: PortalRequest) -> HttpResponse:
    """Open a price list; it says nothing before a version is published."""
    form, made = PlanForm(request.POST or None), []

    def create() -> None:
        made.append(
            pricing_services.create_plan(
                provider_id=request.actor.organization_id, now=clock.now(), **form.values()
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, create):
        messages.success(request, _("The plan is open. Publish its first prices."))
        return redirect("portal:plan-version", made[0].pk)
    back = reverse("portal:plans")
    head = desk.Head(_("New rate plan"), crumbs=[(_("Rate plans"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Open it"), back, symbol="plus")])


def _own(request: PortalRequest, plan_id: UUID) -> Any:
    pricing_selectors.plan_for_provider(plan_id=plan_id, provider_id=request.actor.organization_id)
    return pricing_selectors.plan(plan_id)


@page(Role.PROVIDER)
def plan(request: PortalRequest, plan_id: UUID) -> HttpResponse:
    """Show everything that a plan ever said, and which listings bear it."""
    found, now = _own(request, plan_id), clock.now()
    is_of_round = re.match(PLAN_CODES, found.code) is not None
    publish = desk.Link(
        _("Publish new prices"), reverse("portal:plan-version", args=[found.pk]), "plus", "primary"
    )
    drafts = desk.Link(_("Drafts"), reverse("portal:plan-drafts", args=[found.pk]), "file-text")
    head = desk.Head(
        names.named(found),
        crumbs=[(_("Rate plans"), reverse("portal:plans"))],
        tags=[
            desk.Cell(found.code, is_code=True),
            *([desk.Cell(_("Price of a call round"), tone="neutral")] if is_of_round else []),
        ],
        links=[] if is_of_round else [drafts, publish],
    )
    versions = desk.Sheet(
        title=_("Versions"),
        columns=[
            desk.Column(_("Version")),
            desk.Column(_("Prices")),
            desk.Column(_("Holds from")),
            desk.Column(_("Until")),
            desk.Column(_("State"), "state"),
        ],
        rows=[_version(each, now) for each in found.history[:SHOWN_MAX]],
        empty=desk.Empty(
            _("Nothing published yet"),
            _("A plan says nothing before its first prices."),
            "calculator",
            publish,
        ),
    )
    blocks: list[Any] = [versions, _listings(request, found)]
    if found.history and not is_of_round:
        ground = catalog_selectors.basis_of_plan(found.pk, now)
        blocks += basis_words.of_plan(found.history[0], ground)
        newest = pricing_selectors.card_of(found.history[0])
        blocks.append(reach_words.where_it_takes_part(newest))
        blocks.append(desk.Steps(_("Rounding"), [wording.rounding(newest.terms)]))
    return desk.show(request, head, blocks)


def _version(each: Any, now: datetime) -> list[desk.Cell]:
    state = desk.Cell(_("In force"), tone="ok", symbol="check")
    if each.starts_at > now:
        state = desk.Cell(_("Announced"), tone="warn", symbol="info-circle")
    elif each.ends_at and each.ends_at <= now:
        state = desk.Cell(_("over"), tone="neutral")
    return [
        desk.Cell(f"v{each.version}", note=each.content_hash[:12]),
        desk.Cell(
            "; ".join(rates_form.told(each.components, each.terms)),
            note=" ".join(filter(None, (each.source, each.clause, _calendars(each)))),
        ),
        desk.Cell(figures.moment(each.starts_at)),
        desk.Cell(figures.moment(each.ends_at) if each.ends_at else "—"),
        state,
    ]


def _calendars(version: Any) -> str:
    """Return the shared calendars whose days a version took, in words; empty where none."""
    if not version.calendars:
        return ""
    return _("Days of the calendars %(names)s") % {"names": ", ".join(version.calendars)}


def _listings(request: PortalRequest, found: Any) -> desk.Sheet:
    borne = catalog_selectors.listings_of(request.actor.organization_id).filter(
        plan_version__plan_id=found.pk
    )
    return desk.Sheet(
        title=_("Listings under this plan"),
        columns=[desk.Column(_("Listing")), desk.Column(_("State"))],
        rows=[
            [
                desk.Cell(
                    names.named(each, "title"),
                    note=each.number,
                    address=reverse("portal:listing", args=[each.pk]),
                ),
                desk.Cell(ListingState(each.state).label),
            ]
            for each in borne[:SHOWN_MAX]
        ],
        empty=desk.Empty(
            _("No listings under it"), _("Its prices bind nobody yet."), "building-store"
        ),
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A version as it was published, or as it would be."""

    starts_at: datetime
    card: RateCard


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def publish_version(request: PortalRequest, plan_id: UUID) -> HttpResponse:
    """Publish the next prices, after it was shown what a buyer pays and from when on."""
    found, now = _own(request, plan_id), clock.now()
    latest = found.history[0] if found.history else None
    said = {"rates": ""}
    if latest:
        said = {
            "rates": rates_form.written(latest.components, latest.terms),
            "source": latest.source,
            "clause": latest.clause,
        }
    form = RatesForm(request.POST or None, initial=said)

    def publish() -> Published:
        day = form.cleaned_data["first_day"]
        version = pricing_services.publish_version(
            provider_id=request.actor.organization_id,
            plan_id=found.pk,
            now=now,
            starts_at=day and moments.day_period(day).starts_at,
            source=form.cleaned_data["source"],
            clause=form.cleaned_data["clause"],
            **form.cleaned_data["rates"],
        )
        return Published(version.starts_at, pricing_selectors.rate_card(version.id))

    outcome = desk.attempt(request, form, publish, FIELDS)
    back = reverse("portal:plan", args=[found.pk])
    if outcome and outcome.counts:
        done = _("The prices are published. They hold from %(moment)s.")
        messages.success(request, done % {"moment": figures.moment(outcome.made.starts_at)})
        return redirect(back)
    head = desk.Head(
        _("Publish new prices"),
        _(
            "Dearer prices hold seven days after they are announced. Quotes and contracts"
            " keep theirs."
        ),
        crumbs=[(_("Rate plans"), reverse("portal:plans")), (names.named(found), back)],
    )
    block = desk.FormBlock(
        form,
        _("Publish them") if outcome else _("Show what a buyer pays"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    before = pricing_selectors.rate_card(latest.pk) if latest else None
    preview = _preview(before, outcome.made, now) if outcome else []
    if outcome:
        preview.append(reach_words.where_it_takes_part(outcome.made.card))
    return desk.show(request, head, [*preview, block])


def _preview(before: RateCard | None, made: Published, now: datetime) -> list[Any]:
    waits = made.starts_at >= now + notice.NOTICE
    told = _("They hold from %(moment)s. Everybody is told of it on the page of rule changes.")
    if waits and before is not None:
        told = _("Somebody may pay more: they hold from %(moment)s, after seven days' notice.")
    paid = desk.Sheet(
        title=_("What a buyer pays"),
        columns=[
            desk.Column(_("What for")),
            desk.Column(_("Quantity"), "number"),
            desk.Column(_("Before"), "number"),
            desk.Column(_("After"), "number"),
        ],
        rows=[
            [
                desk.Cell(code),
                desk.Cell(figures.grouped(quantity)),
                desk.Cell(former),
                desk.Cell(later),
            ]
            for code, quantity, former, later in rates_form.examples(before, made.card)
        ],
        empty=desk.Empty("", ""),
    )
    note = desk.Note(told % {"moment": figures.moment(made.starts_at)}, "warning" if waits else "")
    return [note, paid, *([_difference(before, made.card)] if before else [])]


def _difference(before: RateCard, after: RateCard) -> desk.Sheet:
    old, new = _prices(before), _prices(after)
    rows = [
        [desk.Cell(key), desk.Cell(old.get(key, "—")), desk.Cell(new.get(key, "—"))]
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
    return desk.Sheet(
        title=_("What is different"),
        columns=[
            desk.Column(_("Price")),
            desk.Column(_("Before"), "number"),
            desk.Column(_("After"), "number"),
        ],
        rows=rows,
        empty=desk.Empty(_("Nothing is different"), _("The last version says the same.")),
    )


def _prices(card: RateCard) -> dict[str, str]:
    if card.terms is not None:
        return {sentence: _("says so") for sentence in wording.told(card.terms)}
    return {
        " · ".join(
            (
                rates_form.component(part.code),
                str(part.unit.label),
                f"≥ {figures.grouped(tier.starts_from)}",
            )
        ): figures.unit_price(tier.unit_price)
        for part in card.components
        for tier in part.tiers
    }
