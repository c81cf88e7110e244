"""How a reader wants a list: columns, height and number of rows, views with a name."""

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import InvalidInput, NotFound, Refusal
from identity.lists import services as lists_services
from identity.lists.contracts import SIZES, VIEW_NAME_LENGTH_MAX, RowHeight
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import PlainForm, show_refusal
from marketplace.portal.tables import ListTable
from marketplace.portal.views.preferences import back, came_from

SIZE_TEXTS: Final = {str(size): size for size in SIZES}


class ViewForm(PlainForm):
    """A name for what a list shows; the room says what it takes."""

    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        required=False,
        widget=forms.TextInput(attrs={"maxlength": VIEW_NAME_LENGTH_MAX, "autocomplete": "off"}),
    )


@page()
@form_only
def choose(request: PortalRequest, list_name: str) -> HttpResponse:
    """Keep how the reader wants a list, or forget it."""
    table = _known(list_name)
    if request.POST.get("reset"):
        lists_services.forget(request.actor, list_name)
        return back(request)
    density, size = request.POST.get("density", ""), request.POST.get("size", "")
    if density not in RowHeight.values or size not in SIZE_TEXTS:
        raise InvalidInput(field="density" if density not in RowHeight.values else "size")
    wanted = set(request.POST.getlist("columns"))
    chosen = [column.key for column in table.columns if column.key in wanted]
    lists_services.choose(
        request.actor,
        list_name,
        columns=chosen,
        density=RowHeight(density),
        size=None if SIZE_TEXTS[size] == table.size else SIZE_TEXTS[size],
    )
    return back(request)


@page()
@form_only
def keep_view(request: PortalRequest, list_name: str) -> HttpResponse:
    """Keep what a list shows under a name; one that is refused is shown again as it was typed."""
    table, form = _known(list_name), ViewForm(request.POST)
    form.full_clean()
    try:
        lists_services.keep_view(
            request.actor,
            list_name,
            title=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        context = {"table": table, "form": form, "next": came_from(request)}
        return render(request, "portal/list_view.html", context, status=refusal.status)
    messages.success(request, _("The view is kept; it stands above the list."))
    return back(request)


@page()
@form_only
def drop_view(request: PortalRequest, saved_view_id: UUID) -> HttpResponse:
    """Forget a view."""
    lists_services.drop_view(request.actor, saved_view_id)
    return back(request)


def _known(name: str) -> ListTable:
    if (table := ListTable.known.get(name)) is None:
        raise NotFound
    return table
