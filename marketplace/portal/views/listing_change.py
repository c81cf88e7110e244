"""What a provider says anew of a listing: its title here, its price and its least nearby."""

from decimal import Decimal
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from marketplace.catalog import rules as catalog_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.least import units
from marketplace.catalog.rows import ListingRow
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm
from marketplace.portal.once import once
from pricing.contracts import RateUnit


class TitleForm(OnceForm):
    """How a listing is called, and how much of it is on sale."""

    title = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=120)
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"), max_length=160, required=False
    )
    total_milli = ExactField(
        label=gettext_lazy("On sale"),
        help_text=gettext_lazy("In units of the resource; never less than is sold already."),
        required=False,
        min_value=Decimal("0.001"),
        decimal_places=3,
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def change_listing(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Call a listing something else, and lead to where its price and its least are said."""
    provider_id = request.actor.organization_id
    found = catalog_selectors.listing_of_provider(listing_id=listing_id, provider_id=provider_id)
    listing = catalog_selectors.listing(found.pk)
    said = {
        "title": listing.title,
        "title_en": listing.title_en,
        "total_milli": units(listing.total_milli),
    }
    form = TitleForm(request.POST or None, initial=said)
    back = reverse("portal:listing", args=[listing.pk])

    def change() -> None:
        values = form.values()
        wanted = values.pop("total_milli")
        total_milli = listing.total_milli if wanted is None else int(wanted * 1000)
        with transaction.atomic():
            catalog_services.rename_listing(
                listing_id=listing.pk, provider_id=provider_id, **values
            )
            catalog_services.change_total(
                listing_id=listing.pk,
                provider_id=provider_id,
                total_milli=total_milli,
                now=clock.now(),
            )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        messages.success(request, _("The listing is changed."))
        return redirect(back)
    head = desk.Head(
        _("Title and price"),
        _("Orders and contracts that were made keep what they say."),
        crumbs=[
            (_("My listings"), reverse("portal:listings")),
            (names.named(listing, "title"), back),
        ],
        tags=[desk.Cell(listing.number, is_code=True)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Save"), back)], [_price(listing)])


def _together(listing: ListingRow) -> list[desk.Link]:
    """Return the way to what stands beside a listing of compute."""
    if listing.capacity_unit in catalog_rules.OWN_UNITS:
        return []
    address = reverse("portal:listing-beside", args=[listing.pk])
    return [desk.Link(_("Ordered together"), address, "columns")]


def _price(listing: ListingRow) -> desk.Facts:
    price = "—"
    if listing.headline_price is not None:
        unit = RateUnit(listing.headline_unit).label
        price = f"{figures.unit_price(listing.headline_price)} / {unit}"
    plan_id = listing.plan_version.plan_id
    return desk.Facts(
        _("Price"),
        [
            (_("Price"), desk.Cell(price)),
            (_("State"), desk.Cell(ListingState(listing.state).label)),
        ],
        [
            desk.Link(
                _("Publish new prices"),
                reverse("portal:plan-version", args=[plan_id]),
                "calculator",
            ),
            desk.Link(
                _("Least order"),
                reverse("portal:listing-least", args=[listing.pk]),
                "adjustments-horizontal",
            ),
            *_together(listing),
        ],
    )
