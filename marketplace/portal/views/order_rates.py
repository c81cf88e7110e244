"""How often organisations may order and cancel: an operator says it of one."""

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import HALT_REASON_MAX, RATE_MAX
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, OrganizationField, WholeField
from marketplace.portal.lists.clearing import ORDER_RATES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried


def _number(label: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=1,
        max_value=RATE_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class RateForm(OnceForm):
    """Whose rate it is, and what it is."""

    organization = OrganizationField(
        label=gettext_lazy("Organisation"),
        help_text=gettext_lazy("Unified social credit code."),
    )
    placed_per_minute = _number(gettext_lazy("Placed a minute"))
    cancelled_per_minute = _number(gettext_lazy("Cancelled a minute"))
    reason = forms.CharField(
        label=gettext_lazy("Reason that the organisation reads"), max_length=HALT_REASON_MAX
    )


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def order_rates(request: PortalRequest) -> HttpResponseBase:
    """Show the rates that were said of organisations; let an operator say another."""
    form = None
    if request.actor.has_role(Role.OPERATOR):
        form = RateForm(request.POST if "key" in request.POST else None)
        if form.is_valid() and desk.is_done(form, partial(_set, request, form)):
            messages.success(request, _("The rate is set, and the organisation is told."))
            return redirect("portal:order-rates")
    return _shown(request, form)


def _set(request: PortalRequest, form: RateForm) -> None:
    values = form.values()
    orders_services.set_order_rate(
        organization_id=values.pop("organization").pk,
        **values,
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _shown(request: PortalRequest, form: RateForm | None) -> HttpResponseBase:
    table = ORDER_RATES.read(request, Queried(orders_selectors.order_rates()))
    context = {
        "form": form,
        "placed": figures.grouped(settings.ORDERS_PLACED_PER_MINUTE),
        "cancelled": figures.grouped(settings.ORDERS_CANCELLED_PER_MINUTE),
    }
    response = table.answer("portal/order_rates.html", context)
    if form is not None and form.errors:
        response.status_code = 422
    return response
