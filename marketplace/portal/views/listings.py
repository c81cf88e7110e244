"""A provider's own listings: what is on the market, and putting more there."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import InvalidInput, Refusal
from identity import selectors as identity_selectors
from identity import standings
from identity.contracts import ResourceStatus, Role
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.preemption import PREEMPTION_MINUTES_MAX, PREEMPTION_MINUTES_MIN
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderState
from marketplace.portal import names
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import (
    DayFormField,
    ExactField,
    OnceForm,
    WholeField,
    show_refusal,
)
from marketplace.portal.least_form import LeastForm
from marketplace.portal.lists.supply import LISTINGS, own_listings
from marketplace.portal.offering import NewOffer, put_on_market
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.rounds.contracts import PLAN_CODES
from metering import selectors as metering_selectors
from pricing import selectors as pricing_selectors
from pricing.basis import BasisDemanded
from pricing.contracts import CLAUSE_MAX, SOURCE_MAX, RateUnit

RESOURCES_MAX: Final = 500
PLANS_MAX: Final = 200
MOVES: Final = {
    "pause": catalog_services.pause_listing,
    "resume": catalog_services.resume_listing,
}
UNITS: Final = (RateUnit.STANDARD_HOUR, RateUnit.UNIT_HOUR)
# The inputs that the rooms' refusals are about.
FIELDS: Final = {
    "resource_id": "resource",
    "plan_version_id": "rate_unit",
    "rates": "unit_price",
}


class ListingForm(LeastForm):
    """A resource, a rule to measure it by, and a price."""

    resource = forms.TypedChoiceField(
        label=gettext_lazy("Resource"),
        coerce=UUID,
        help_text=gettext_lazy("Your active resources that are not on the market yet."),
    )
    rule = forms.TypedChoiceField(
        label=gettext_lazy("Measured by"),
        coerce=UUID,
        help_text=gettext_lazy(
            "By a rule that counts no standard hours of the resource the listing takes part in no"
            " call round, and no price by them is shown."
        ),
    )
    title = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=120)
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"), max_length=160, required=False
    )
    plan = forms.TypedChoiceField(
        label=gettext_lazy("Rate plan"),
        coerce=UUID,
        empty_value=None,
        required=False,
        help_text=gettext_lazy(
            "A plan of yours says the price, by tiers or by the time of use; or say a flat price."
        ),
    )
    unit_price = ExactField(
        label=gettext_lazy("Price in yuan"),
        required=False,
        min_value=Decimal("0.000001"),
        max_digits=13,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    rate_unit = forms.ChoiceField(
        label=gettext_lazy("Charged by the"),
        choices=[(unit.value, unit.label) for unit in UNITS],
        help_text=gettext_lazy(
            "A chip without a published figure has no standard hours; charge it by the unit-hour."
        ),
    )
    source = forms.CharField(
        label=gettext_lazy("Document that the price rests on"),
        max_length=SOURCE_MAX,
        required=False,
        help_text=gettext_lazy(
            "Demanded, with its clause, of what is given to the community and where a price collar"
            " holds."
        ),
    )
    clause = forms.CharField(
        label=gettext_lazy("Its clause"), max_length=CLAUSE_MAX, required=False
    )
    available_until = DayFormField(
        label=gettext_lazy("Offered until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: without an end."),
    )
    accepts_vouchers = forms.BooleanField(
        label=gettext_lazy("Take vouchers"), required=False, initial=True
    )
    is_community = forms.BooleanField(
        label=gettext_lazy("Give it to the community"),
        required=False,
        help_text=gettext_lazy(
            "Free by rule, within quotas, for who orders it by name. Leave the price empty."
        ),
    )
    is_donor_named = forms.BooleanField(
        label=gettext_lazy("Name us among the donors"), required=False
    )
    preemption_minutes = WholeField(
        label=gettext_lazy("Preemptible, with a notice of"),
        required=False,
        min_value=PREEMPTION_MINUTES_MIN,
        max_value=PREEMPTION_MINUTES_MAX,
        help_text=gettext_lazy(
            "You may take it back before its time with so much notice. It is shown with the price,"
            " sold by name alone, and stays so for good. Empty: never."
        ),
    )

    def __init__(self, *args: Any, provider_id: UUID, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.resources = {each.pk: each for each in sellable(provider_id)}
        resource: Any = self.fields["resource"]
        resource.choices = [
            (each.pk, f"{names.named(each)} · {each.identifier}")
            for each in self.resources.values()
        ]
        plan: Any = self.fields["plan"]
        plan.choices = [("", _("a flat price")), *_plan_choices(provider_id, now)]
        counted_in = {each.capacity_unit for each in self.resources.values()}
        self.rules = {
            facts.id: facts
            for facts in metering_selectors.rule_versions(at=now)
            if any(facts.fits(unit) for unit in counted_in)
        }
        rule: Any = self.fields["rule"]
        rule.choices = [
            (facts.id, f"{facts.code} v{facts.version} · {facts.unit}")
            for facts in self.rules.values()
        ]

    def clean(self) -> dict[str, Any]:
        """Check that the rule measures what the resource is counted in."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "resource" in cleaned and "rule" in cleaned:
            resource, rule = self.resources[cleaned["resource"]], self.rules[cleaned["rule"]]
            if not rule.fits(resource.capacity_unit):
                told = _("This rule measures in %(unit)s; the resource is counted in %(counted)s.")
                counted = resource.get_capacity_unit_display()
                self.add_error("rule", told % {"unit": rule.unit, "counted": counted})
        self._require_one_price(cleaned)
        if "resource" in cleaned:
            self.require_on_offer(self.resources[cleaned["resource"]].total_milli)
        return cleaned

    def _require_one_price(self, cleaned: dict[str, Any]) -> None:
        """Refuse two prices, or none: a plan says it, or a flat price, or it is given away."""
        price, is_given = cleaned.get("unit_price"), bool(cleaned.get("is_community"))
        if cleaned.get("plan") and is_given:
            self.add_error("plan", _("What is given to the community has no price."))
        elif cleaned.get("plan") and price:
            self.add_error("unit_price", _("The plan says the price: leave this empty."))
        elif not (self.errors.keys() & {"unit_price", "plan"} or cleaned.get("plan")) and (
            bool(price) == is_given
        ):
            given = _("What is given to the community has no price.")
            self.add_error("unit_price", given if price else _("Say a price."))

    def offer(self) -> NewOffer:
        """Return what was typed."""
        values = self.cleaned_data
        last_day = values["available_until"]
        return NewOffer(
            resource_id=values["resource"],
            rule_version_id=values["rule"],
            title=values["title"],
            title_en=values["title_en"],
            unit_price=values["unit_price"] or Decimal(0),
            rate_unit=(
                RateUnit.UNIT_HOUR if values["is_community"] else RateUnit(values["rate_unit"])
            ),
            is_community=values["is_community"],
            is_donor_named=values["is_community"] and values["is_donor_named"],
            preemption_minutes=values["preemption_minutes"],
            accepts_vouchers=values["accepts_vouchers"],
            plan_version_id=values["plan"],
            source=values["source"],
            clause=values["clause"],
            least=self.least(),
            available_until=last_day and moments.day_period(last_day).ends_at,
        )


def _plan_choices(provider_id: UUID, now: datetime) -> list[tuple[UUID, str]]:
    """Return the versions in force of a provider's plans, each under its name."""
    own = pricing_selectors.plans_of(provider_id).exclude(code__regex=PLAN_CODES)
    plans = list(own[:PLANS_MAX])
    cards = pricing_selectors.cards_in_effect(plan_ids=[each.pk for each in plans], at=now)
    return [
        (card.version_id, f"{names.named(each)} · {each.code} v{card.version}")
        for each in plans
        if (card := cards.get(each.pk)) is not None
    ]


def sellable(provider_id: UUID) -> list[Any]:
    """Return a provider's active resources that have no listing on the market."""
    listed = catalog_selectors.listings_of(provider_id).exclude(state=ListingState.CLOSED)
    own = identity_selectors.registered_resources().filter(provider_id=provider_id)
    return list(
        standings.resources_counted(own, ResourceStatus.ACTIVE).exclude(
            pk__in=listed.values("resource_id")
        )[:RESOURCES_MAX]
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
def listings(request: PortalRequest) -> HttpResponseBase:
    """Show a provider's listings with what is free of each."""
    found = catalog_selectors.listings_of(request.actor.organization_id)
    table = LISTINGS.read(request, Queried(found), dress=own_listings)
    return table.answer("portal/listings.html")


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_listing(request: PortalRequest) -> HttpResponse:
    """Put a resource on the market."""
    provider_id, now = request.actor.organization_id, clock.now()
    form = ListingForm(request.POST or None, provider_id=provider_id, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            opened = put_on_market(provider_id=provider_id, offer=form.offer(), now=now)
        except Refusal as refusal:
            is_of_plan = refusal.field == "plan_version_id" and form.cleaned_data["plan"]
            if isinstance(refusal, BasisDemanded) and not is_of_plan:
                refusal.field = "clause" if form.cleaned_data["source"] else "source"
            refusal.field = "plan" if is_of_plan else FIELDS.get(refusal.field or "", refusal.field)
            form.show_refusal(refusal)
        else:
            listed = catalog_selectors.listing(opened)
            told = _("%(number)s is on the market.") % {"number": listed.number}
            messages.success(request, told)
            absence = catalog_rules.round_absence(
                listed.standard_factor, listed.price_per_standard_hour
            )
            if absence is not None and not listed.community_rule_id:
                messages.warning(request, absence.label)
            return redirect("portal:listings")
    context = {
        "form": form,
        "is_onboarding": identity_selectors.organization(provider_id).onboarding_since is not None,
        "has_resources": identity_selectors.registered_resources()
        .filter(provider_id=provider_id)
        .exists(),
    }
    return render(request, "portal/listing_new.html", context, status=422 if form.errors else 200)


@page(Role.PROVIDER)
@form_only
def move_listing(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Pause or resume a listing; either can be undone."""
    catalog_selectors.listing_of_provider(
        listing_id=listing_id, provider_id=request.actor.organization_id
    )
    move = MOVES.get(request.POST.get("move", ""))
    if move is None:
        raise InvalidInput(field="move")
    moved = move(listing_id=listing_id, provider_id=request.actor.organization_id, now=clock.now())
    messages.success(
        request,
        _("%(number)s is now: %(state)s.")
        % {"number": moved.number, "state": moved.get_state_display()},
    )
    return redirect("portal:listings")


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def close_listing(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Say what closing a listing means, and close it. What was ordered before stays ordered."""
    provider_id, now = request.actor.organization_id, clock.now()
    listing = catalog_selectors.listing_of_provider(listing_id=listing_id, provider_id=provider_id)
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            closed = catalog_services.close_listing(
                listing_id=listing_id, provider_id=provider_id, now=now
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            told = _("%(number)s is closed.")
            messages.success(request, told % {"number": closed.number})
            return redirect("portal:listings")
    mine = orders_selectors.orders(provider_id=provider_id)
    running = mine.filter(listing_id=listing_id, state=OrderState.CLEARED).count()
    context = {"listing": listing, "form": form, "running": running}
    status = 422 if form.errors else 200
    return render(request, "portal/listing_close.html", context, status=status)
