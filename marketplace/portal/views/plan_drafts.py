"""The plan editor: drafts in fields, drawn, compared, tried on a month, and published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity.contracts import ResourceClass, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.selectors.positions import PROVIDERS_LEAST, MarketPosition
from marketplace.portal import (
    desk,
    ending_words,
    figures,
    names,
    plan_charts,
    plan_form,
    plan_rows,
    reach_words,
)
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import DayFormField, OnceForm
from marketplace.portal.once import once
from marketplace.portal.plan_form import PlanTermsForm
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.commitments import COMMITTING
from marketplace.settlement.selectors import MonthSimulated
from pricing import draft_selectors, drafting, plan_templates, plan_terms, rate_2, wording
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing.contracts import RateCard
from pricing.plan_models import PlanModel, RateTerms

FIELDS = {"starts_at": "first_day"}
MONTHS_TO_TRY = 6  # this one and those before


def _crumbs(plan: Any) -> list[tuple[str, str]]:
    return [
        (_("Rate plans"), reverse("portal:plans")),
        (names.named(plan), reverse("portal:plan", args=[plan.pk])),
    ]


def _plan(request: PortalRequest, plan_id: UUID) -> Any:
    own = request.actor.organization_id
    pricing_selectors.plan_for_provider(plan_id=plan_id, provider_id=own)
    return pricing_selectors.plan(plan_id)


@page(Role.PROVIDER)
def plan_drafts(request: PortalRequest, plan_id: UUID) -> HttpResponse:
    """Show the drafts of a plan, and what a new one may begin with."""
    plan = _plan(request, plan_id)
    drafts = draft_selectors.drafts_of(plan.pk, provider_id=request.actor.organization_id)
    rows = [
        [
            desk.Cell(each.name, address=reverse("portal:plan-draft", args=[each.pk])),
            desk.Cell(figures.moment(each.changed_at)),
        ]
        for each in drafts[: drafting.DRAFTS_MAX]
    ]
    new = reverse("portal:plan-draft-new", args=[plan.pk])
    begins = [desk.Link(_("Empty"), new)]
    begins += [
        desk.Link(_("Copy of version %(version)s") % {"version": each.version},
                  f"{new}?version={each.version}", "copy")
        for each in plan.history[:10]
    ]  # fmt: skip
    for template in plan_templates.plan_templates():
        label = template.name_en if names.in_english() else template.name
        begins.append(desk.Link(label, f"{new}?template={template.code}", "file-text"))
    head = desk.Head(
        _("Drafts"),
        _("A draft is yours alone until you publish it."),
        crumbs=_crumbs(plan),
    )
    listed = desk.Sheet(
        title=_("Drafts"),
        columns=[desk.Column(_("Draft")), desk.Column(_("Changed"))],
        rows=rows,
        empty=desk.Empty(_("No drafts"), _("Begin with a template, or a copy of a version.")),
    )
    beginnings = desk.Sheet(
        title=_("Begin with"),
        columns=[desk.Column(_("Template"))],
        rows=[[desk.Cell(links=[link])] for link in begins],
        empty=desk.Empty("", ""),
    )
    return desk.show(request, head, [listed], [beginnings])


def _beginning(request: PortalRequest, plan: Any) -> dict[str, Any]:
    """Return what a new draft begins with, as its address asks."""
    version = desk.asked(request, "version")
    for each in plan.history:
        if version == str(each.version):
            terms = plan_terms.terms_json(draft_selectors.terms_of_version(each))
            name = _("Copy of version %(version)s") % {"version": each.version}
            basis = {"source": each.source, "clause": each.clause, "calendars": each.calendars}
            return {"name": name, "terms": terms, **basis}
    template = desk.asked(request, "template")
    for each in plan_templates.plan_templates():
        if each.code == template:
            name = each.name_en if names.in_english() else each.name
            return {"name": name, "terms": each.terms}
    return {"name": "", "terms": None}


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_draft(request: PortalRequest, plan_id: UUID) -> HttpResponse:
    """Begin a draft: empty, from a template, or as a copy of a version."""
    plan = _plan(request, plan_id)
    form = PlanTermsForm(request.POST or None, **_beginning(request, plan))
    back = reverse("portal:plan-drafts", args=[plan.pk])
    return _edit(request, plan, form, None, back)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def edit_draft(request: PortalRequest, plan_draft_id: UUID) -> HttpResponse:
    """Change what a draft says."""
    found = draft_selectors.draft(plan_draft_id, provider_id=request.actor.organization_id)
    basis = {"source": found.source, "clause": found.clause, "calendars": found.calendars}
    form = PlanTermsForm(request.POST or None, terms=found.terms, name=found.name, **basis)
    back = reverse("portal:plan-draft", args=[found.pk])
    return _edit(request, found.plan, form, found.pk, back)


def _edit(
    request: PortalRequest, plan: Any, form: PlanTermsForm, draft_id: UUID | None, back: str
) -> HttpResponse:
    made: list[Any] = []

    def save() -> None:
        made.append(
            pricing_services.keep_plan_draft(
                provider_id=request.actor.organization_id,
                plan_id=plan.pk,
                name=form.cleaned_data["name"],
                terms=form.cleaned_data["terms"],
                source=form.cleaned_data["source"],
                clause=form.cleaned_data["clause"],
                calendars=form.cleaned_data["calendars"],
                draft_id=draft_id,
                now=clock.now(),
                changed_by_id=request.actor.person_id,
            )
        )

    if request.method == "POST" and plan_form.is_moving(request.POST):
        form = PlanTermsForm(plan_form.moved(request.POST), calendars=form.initial["calendars"])
        form.errors.clear()
    elif request.method == "POST" and form.is_valid() and desk.is_done(form, save):
        messages.success(request, _("The draft is kept."))
        return redirect("portal:plan-draft", made[0].pk)
    more = desk.FormAct(_("One more component"), plan_form.ADD, plan_rows.COMPONENT, "plus")
    acts = [more] if len(form.part_numbers) < plan_terms.PARTS_MAX else []
    block = desk.FormBlock(form, _("Keep the draft"), back, sections=form.sections(), acts=acts)
    head = desk.Head(
        _("Plan in fields"),
        _("Fill in what a component's way of pricing asks; the rest is left out."),
        crumbs=_crumbs(plan),
    )
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
def plan_draft(request: PortalRequest, plan_draft_id: UUID) -> HttpResponse:
    """Show a draft: what it says, drawn, against what is in force, the market, and last month."""
    now = clock.now()
    found = draft_selectors.draft(plan_draft_id, provider_id=request.actor.organization_id)
    plan, card = found.plan, draft_selectors.card_of_draft(found)
    latest = draft_selectors.latest_version(plan.pk)
    before = draft_selectors.terms_of_version(latest) if latest else None
    cards = [(_("Draft"), card)]
    if before is not None and latest is not None:
        shown = drafting.drafted_card(before, plan=plan, version=latest.version)
        # A card-hour and a standard hour are no one axis.
        if _units(shown) == _units(card):
            cards.append((f"v{latest.version}", shown))
    first, is_worse = draft_selectors.earliest(found, now=now)
    told = _("Published now it may hold at once.")
    if is_worse:
        told = _("Somebody may pay more: published now it holds from %(moment)s.")
        told %= {"moment": figures.moment(first)}
    elif first > now:
        told = _after_another(first)
    if (same := draft_selectors.published_as(found)) is not None:
        told = _published(same, now)
    head = desk.Head(
        found.name,
        told,
        crumbs=[*_crumbs(plan), (_("Drafts"), reverse("portal:plan-drafts", args=[plan.pk]))],
        links=[
            desk.Link(_("Change"), reverse("portal:plan-draft-edit", args=[found.pk])),
            *([] if same else [_publishing(found)]),
        ],
    )
    quantity = plan_charts.over_quantity(cards, at=now)
    day = plan_charts.over_the_day(cards, at=now)
    main: list[Any] = [
        _difference(before, card, latest, now),
        desk.Charted(quantity.title, quantity),
        desk.Charted(day.title, day),
    ]
    dropping = desk.Acting(
        _("Drop it"),
        _("Nobody relies on a draft."),
        reverse("portal:plan-draft-drop", args=[found.pk]),
        _("Drop the draft"),
    )
    main.append(reach_words.where_it_takes_part(card))
    side = [
        _simulated(request, found, card),
        *_binding(card),
        _positions(request, plan, card),
        desk.Steps(_("Rounding"), [wording.rounding(_published_terms(card, latest))]),
        dropping,
    ]
    return desk.show(request, head, main, side)


def _published_terms(card: RateCard, latest: Any) -> RateTerms | None:
    """Return what a draft would be published as: terms, or components of the first rule."""
    rule = latest.rating_rule if latest else rate_2.NAME
    said = drafting.said_by(rate_2.terms_of(card), rating_rule=rule)
    return card.terms if "terms" in said else None


def _units(card: RateCard) -> set[str]:
    return {part.unit for part in rate_2.terms_of(card).parts if part.is_metered}


def _binding(card: RateCard) -> list[desk.Facts]:
    """Return how the parts of a draft that commit a buyer go over, end early and go on."""
    parts = [part for part in rate_2.terms_of(card).parts if part.model in COMMITTING]
    if not parts:
        return []
    rows = [
        (
            _("What is beyond"),
            desk.Cell(figures.unit_price(part.tiers[-1].unit_price), note=part.code),
        )
        for part in parts
        if part.model == PlanModel.PREPAID
    ]
    ending = _(
        "Prepaid hours are owed as their component says. Once anything was used, the share of a"
        " minimum or flat fee for the time agreed is owed; before that it costs nothing. Reserved"
        " and ready capacity is paid until the end."
    )
    asked = ending_words.draft_told(rate_2.terms_of(card).early_end)
    renewal = _("By use so far, on the order's page under Plan and commitment; no offer.")
    rows += [
        (_("Early end"), desk.Cell(f"{ending} {asked}")),
        (_("Renewal estimate"), desk.Cell(renewal)),
    ]
    return [desk.Facts(_("How it binds a buyer"), rows)]


def _publishing(found: Any) -> desk.Link:
    address = reverse("portal:plan-draft-publish", args=[found.pk])
    return desk.Link(_("Publish…"), address, "", "primary")


def _published(version: Any, now: datetime) -> str:
    """Return that a version says the same already, and since or from when it holds."""
    told = _("Published as version %(version)s: these prices are in force.")
    if version.starts_at > now:
        told = _("Published as version %(version)s: these prices hold from %(moment)s.")
    return told % {"version": version.version, "moment": figures.moment(version.starts_at)}


def _after_another(first: datetime) -> str:
    told = _("Another version is announced: published now it holds after that, from %(moment)s.")
    return told % {"moment": figures.moment(first)}


def _difference(before: Any, card: RateCard, latest: Any, now: datetime) -> desk.Sheet:
    told = _("These prices are in force already.")
    if latest is not None and latest.starts_at > now:
        told = _("These prices are announced: they hold from %(moment)s.")
        told %= {"moment": figures.moment(latest.starts_at)}
    return desk.Sheet(
        title=_("Against what is published"),
        columns=[desk.Column(_("Before")), desk.Column(_("After"))],
        rows=[
            [desk.Cell(old or "—"), desk.Cell(new or "—")]
            for old, new in draft_selectors.difference(before, rate_2.terms_of(card))
        ],
        empty=desk.Empty(_("Nothing is different"), told),
    )


def _simulated(request: PortalRequest, found: Any, card: RateCard) -> Any:
    """Return what a month would have brought, once it is chosen: it reads all of its use."""
    today = moments.market_date(clock.now())
    months = [today.replace(day=1)]
    while len(months) < MONTHS_TO_TRY:
        months.append(settlement_selectors.last_month(months[-1]))
    by_name = {f"{month:%Y-%m}": month for month in months}
    month = (by_name | {"last": months[1]}).get(desk.asked(request, "month"))
    here = reverse("portal:plan-draft", args=[found.pk])
    links = [desk.Link(name, f"{here}?month={name}", "calculator") for name in by_name]
    if month is None:
        told = _(
            "All that was used under this plan is rated once more; contracts stay as they are."
        )
        title = _("What a month would have brought")
        return desk.Facts(title, [(_("Simulation"), desk.Cell(told))], links)
    try:
        made = settlement_selectors.simulate_month(
            provider_id=request.actor.organization_id, plan_id=found.plan_id, card=card, month=month
        )
    except Refusal as refusal:
        return desk.Note(str(refusal), "warning")
    title = _("What %(month)s would have brought") % {"month": f"{month:%Y-%m}"}
    return desk.Facts(title, _totals(made), links)


def _totals(made: MonthSimulated) -> list[tuple[str, desk.Cell]]:
    sign = "+" if made.difference_minor > 0 else ""
    change = sign + figures.money(made.difference_minor)
    return [
        (_("Contracts"), desk.Cell(figures.grouped(made.contracts))),
        (_("Charges"), desk.Cell(figures.grouped(made.charges))),
        (_("It brought"), desk.Cell(figures.money(made.brought_minor))),
        (
            _("It would have brought"),
            desk.Cell(
                figures.money(made.would_bring_minor),
                note=_("tiers and minimums counted from the first of the month"),
            ),
        ),
        (_("Difference"), desk.Cell(change)),
        (_("How they were rated"), desk.Cell(_ways(made))),
    ]


def _ways(made: MonthSimulated) -> str:
    """Return how many charges were rated how."""
    ways = [
        (_("line by line in columns: %(charges)s"), made.in_columns),
        (_("each contract once, from sums of its use: %(charges)s"), made.in_sums),
        (_("one after the other: %(charges)s"), made.one_by_one),
    ]
    said = [words % {"charges": figures.grouped(count)} for words, count in ways if count]
    return "; ".join(said) or "—"


def _positions(request: PortalRequest, plan: Any, card: RateCard) -> desk.Sheet:
    asked = {"provider_id": request.actor.organization_id, "plan_id": plan.pk, "card": card}
    found = catalog_selectors.market_positions(**asked)
    found += catalog_selectors.all_in_positions(**asked, at=clock.now())
    return desk.Sheet(
        title=_("Among comparable listings"),
        columns=[
            desk.Column(_("Resource")),
            desk.Column(_("Mine")),
            desk.Column(_("Others")),
        ],
        rows=[_position_row(each) for each in found],
        empty=desk.Empty(
            _("Nothing to compare"), _("No open listing bears this plan yet."), "building-store"
        ),
    )


def _position_row(each: MarketPosition) -> list[desk.Cell]:
    by = _("a standard hour, all in") if each.is_all_in else _("a unit-hour")
    what = desk.Cell(each.chip or str(ResourceClass(each.resource_class).label), note=by)
    mine = desk.Cell(figures.unit_price(each.price))
    if each.providers is None or each.middle is None or each.low is None or each.high is None:
        few = _("fewer than %(least)s other providers: nothing is told")
        return [what, mine, desk.Cell("—", note=few % {"least": PROVIDERS_LEAST})]
    span = _("a quarter asks up to %(low)s, three quarters up to %(high)s") % {
        "low": figures.unit_price(each.low),
        "high": figures.unit_price(each.high),
    }
    place = _("%(cheaper)s of %(providers)s providers ask less") % {
        "cheaper": each.cheaper,
        "providers": each.providers,
    }
    return [what, desk.Cell(mine.text, note=place),
            desk.Cell(figures.unit_price(each.middle), note=span)]  # fmt: skip


class PublishForm(OnceForm):
    """From which day on a draft shall hold."""

    first_day = DayFormField(
        label=gettext_lazy("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: as early as it may."),
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def publish_draft(request: PortalRequest, plan_draft_id: UUID) -> HttpResponse:
    """Publish a draft as the plan's next version, once its earliest moment was shown."""
    own, now = request.actor.organization_id, clock.now()
    found = draft_selectors.draft(plan_draft_id, provider_id=own)
    form = PublishForm(request.POST or None)
    made: list[Any] = []

    def publish() -> None:
        day = form.cleaned_data["first_day"]
        made.append(
            pricing_services.publish_draft(
                provider_id=own,
                draft_id=found.pk,
                now=now,
                starts_at=day and moments.day_period(day).starts_at,
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, publish, FIELDS):
        done = _("The prices are published. They hold from %(moment)s.")
        messages.success(request, done % {"moment": figures.moment(made[0].starts_at)})
        return redirect("portal:plan", found.plan_id)
    first, is_worse = draft_selectors.earliest(found, now=now)
    told = _("They may hold at once. Quotes and contracts keep theirs.")
    if is_worse:
        told = _("Somebody may pay more: they hold seven days later, from %(moment)s on.")
        told %= {"moment": figures.moment(first)}
    elif first > now:
        told = _after_another(first)
    if (same := draft_selectors.published_as(found)) is not None:
        told = _published(same, now)
    back = reverse("portal:plan-draft", args=[found.pk])
    head = desk.Head(
        _("Publish the draft"), told, crumbs=[*_crumbs(found.plan), (found.name, back)]
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Publish them"), back)])


@page(Role.PROVIDER)
@form_only
def drop_draft(request: PortalRequest, plan_draft_id: UUID) -> HttpResponse:
    """Drop a draft."""
    own = request.actor.organization_id
    found = draft_selectors.draft(plan_draft_id, provider_id=own)
    pricing_services.drop_draft(provider_id=own, draft_id=found.pk)
    messages.success(request, _("The draft is dropped."))
    return redirect("portal:plan-drafts", found.plan_id)
