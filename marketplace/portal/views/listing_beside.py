"""What stands beside a listing of compute, to be ordered together with it."""

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

from common import clock
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.rows import ListingRow
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from pricing.plan_models import SoldAs


class BesideForm(OnceForm):
    """The storage and the network that are ordered with a listing."""

    storage = forms.ChoiceField(label=gettext_lazy("Storage"), required=False)
    network = forms.ChoiceField(label=gettext_lazy("Network"), required=False)

    def __init__(self, *args: Any, listing: ListingRow, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind, found in catalog_selectors.may_stand_beside(listing).items():
            named = [(str(each.pk), f"{each.number} · {_title(each)}") for each in found]
            field: Any = self.fields[kind.value]
            field.choices = [("", _("none")), *named]

    def chosen(self, name: str) -> UUID | None:
        """Return the listing that was chosen in a field."""
        value = self.cleaned_data[name]
        return UUID(value) if value else None


def _title(listing: ListingRow) -> str:
    return names.named(listing, "title")


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def listing_beside(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Say what storage and network buyers may order together with a listing of compute."""
    provider_id = request.actor.organization_id
    found = catalog_selectors.listing_of_provider(listing_id=listing_id, provider_id=provider_id)
    listing = catalog_selectors.listing(found.pk)
    stands = catalog_selectors.beside(listing.pk)
    initial = {kind.value: str(each.pk) for kind, each in stands.items()}
    form = BesideForm(request.POST or None, listing=listing, initial=initial)
    back = reverse("portal:listing", args=[listing.pk])

    def change() -> None:
        catalog_services.set_beside(
            listing_id=listing.pk,
            provider_id=provider_id,
            storage_id=form.chosen(SoldAs.STORAGE),
            network_id=form.chosen(SoldAs.NETWORK),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        messages.success(request, _("What stands beside the listing is changed."))
        return redirect(back)
    head = desk.Head(
        _("Ordered together"),
        _("Buyers may order it with the listing: all of it clears at once, or nothing is ordered."),
        crumbs=[
            (_("My listings"), reverse("portal:listings")),
            (_title(listing), back),
        ],
        tags=[desk.Cell(listing.number, is_code=True)],
    )
    told = desk.Note(
        _(
            "Here stand your listings of storage and networks in the same region and under the same"
            " plan. Each keeps its own meter, contract and charges."
        )
    )
    return desk.show(request, head, [told, desk.FormBlock(form, _("Save"), back)])
