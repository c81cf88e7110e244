"""The least that may be ordered: a provider says it of a listing, the operator of a book."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import Refusal
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import BookNotFound
from marketplace.catalog.least import Least
from marketplace.catalog.rows import ListingRow
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.least_form import LeastForm
from marketplace.portal.lists.oversight import BOOKS
from marketplace.portal.names import book_name
from marketplace.portal.once import once
from marketplace.portal.tables import Queried


class ListingLeastForm(LeastForm):
    """The least of a listing, none of which is more than what is on sale."""

    def __init__(self, *args: Any, listing: ListingRow, **options: Any) -> None:
        # What the listing says itself; its book may ask for more.
        super().__init__(*args, of=Least.of(listing), **options)
        self.listing = listing

    def clean(self) -> dict[str, Any]:
        """Check that somebody could order it."""
        cleaned = super().clean()
        self.require_on_offer(self.listing.total_milli)
        return cleaned


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def listing_least(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Say anew what may be ordered of a listing at least."""
    provider_id = request.actor.organization_id
    listing = catalog_selectors.listing_of_provider(listing_id=listing_id, provider_id=provider_id)
    form = ListingLeastForm(request.POST or None, listing=listing)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_services.change_least(
                listing_id=listing.pk, provider_id=provider_id, least=form.least()
            )
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            told = _("The least order of %(number)s is changed.")
            messages.success(request, told % {"number": listing.number})
            return redirect("portal:listings")
    context = {"form": form, "listing": listing, "book_least": listing.book.least}
    status = 422 if form.errors else 200
    return render(request, "portal/listing_least.html", context, status=status)


@page(Role.OPERATOR)
def books(request: PortalRequest) -> HttpResponseBase:
    """Show what may be ordered in each book at least."""
    table = BOOKS.read(request, Queried(catalog_selectors.books()))
    return table.answer("portal/books.html")


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def book_least(request: PortalRequest, resource_class: str, hub: str) -> HttpResponse:
    """Say anew what may be ordered in a book at least, whatever its listings allow."""
    book = catalog_selectors.book(resource_class=resource_class, hub=hub)
    if book is None:
        raise BookNotFound
    form = LeastForm(request.POST or None, of=book.least)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_services.change_least_of_book(
                resource_class=book.resource_class, hub=book.hub, least=form.least()
            )
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            told = _("The least order of %(name)s is changed.")
            messages.success(request, told % {"name": book_name(book)})
            return redirect("portal:books")
    context = {"form": form, "book": book, "name": book_name(book)}
    return render(request, "portal/book_least.html", context, status=422 if form.errors else 200)
