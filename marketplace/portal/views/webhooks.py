"""Webhooks: where programs of the organisation are told what happens, and how that went."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from common.outbound.contracts import URL_LENGTH_MAX
from identity.events import registry
from identity.webhooks import selectors as webhooks_selectors
from identity.webhooks import services as webhooks_services
from identity.webhooks.contracts import DESCRIPTION_LENGTH_MAX, Wish
from marketplace.portal import webhook_rows
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.developers import DELIVERIES, ENDPOINTS
from marketplace.portal.once import once, remember, sent_before
from marketplace.portal.pager import paged
from marketplace.portal.tables import Queried

ROWS: Final = 25
REPLAYS: Final = (
    ("1", gettext_lazy("the last hour")),
    ("24", gettext_lazy("the last day")),
    ("168", gettext_lazy("the last week")),
    ("719", gettext_lazy("the last 30 days")),
)


class EndpointForm(OnceForm):
    """Where the organisation wants to be told what."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_LENGTH_MAX,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=DESCRIPTION_LENGTH_MAX, required=False
    )
    event_prefixes = forms.CharField(
        label=gettext_lazy("Events"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One name a line, or what names begin with, such as orders. Empty: all."
        ),
    )

    def wish(self) -> Wish:
        """Return what was asked for."""
        typed = self.cleaned_data
        prefixes = tuple(dict.fromkeys(typed["event_prefixes"].split()))
        return Wish(typed["url"].strip(), typed["description"], prefixes)


class ReplayForm(OnceForm):
    """From when on everything is told again."""

    hours = forms.ChoiceField(label=gettext_lazy("What happened in"), choices=REPLAYS)


@page()
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: PortalRequest) -> HttpResponseBase:
    """Show the organisation's endpoints, and register one. Its secret is shown on this answer."""
    form = EndpointForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        # The answer shows the secret, so it cannot be a redirect; sent again it makes no other.
        if sent_before(request) is not None:
            messages.info(request, _("This was done already; the secret is not shown again."))
            return redirect("portal:webhooks")
        try:
            secret = webhooks_services.create_endpoint(
                organization_id=request.actor.organization_id,
                person_id=request.actor.person_id,
                wish=form.wish(),
                now=clock.now(),
            ).secret
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            remember(request, request.path)
            form = EndpointForm()
    found = webhooks_selectors.endpoints_of(request.actor.organization_id)
    table = ENDPOINTS.read(
        request, Queried(found), dress=lambda rows: [webhook_rows.endpoint(each) for each in rows]
    )
    context = {"form": form, "secret": secret}
    return table.answer("portal/webhooks.html", context, status=422 if form.errors else 200)


@page()
@never_cache
def webhook(request: PortalRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Show an endpoint with its deliveries."""
    return _shown(request, endpoint_id)


def _shown(request: PortalRequest, endpoint_id: UUID, *, secret: str = "") -> HttpResponseBase:
    owner = request.actor.organization_id
    endpoint = webhooks_selectors.endpoint_of(organization_id=owner, endpoint_id=endpoint_id)
    found = webhooks_selectors.deliveries_of(organization_id=owner, endpoint_id=endpoint_id)
    table = DELIVERIES.read(
        request, Queried(found), dress=lambda rows: [webhook_rows.delivery(each) for each in rows]
    )
    context = {
        "endpoint": webhook_rows.endpoint(endpoint),
        "secret": secret,
        "replay_form": ReplayForm(),
    }
    return table.answer("portal/webhook.html", context)


@page()
@once
@require_http_methods(["GET", "POST"])
def change_webhook(request: PortalRequest, endpoint_id: UUID) -> HttpResponse:
    """Change where and what an endpoint is told."""
    owner = request.actor.organization_id
    endpoint = webhooks_selectors.endpoint_of(organization_id=owner, endpoint_id=endpoint_id)
    known = {
        "url": endpoint.url,
        "description": endpoint.description,
        "event_prefixes": "\n".join(endpoint.event_prefixes),
    }
    form = EndpointForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            webhooks_services.change_endpoint(
                organization_id=owner, endpoint_id=endpoint_id, wish=form.wish(), now=clock.now()
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The endpoint is changed."))
            return redirect("portal:webhook", endpoint_id)
    context = {
        "form": form,
        "endpoint": webhook_rows.endpoint(endpoint),
        "names": [(name, str(label)) for name, label in registry.labels().items()],
    }
    status = 422 if form.errors else 200
    return render(request, "portal/webhook_change.html", context, status=status)


@page()
@never_cache
@form_only
def rotate_webhook_secret(request: PortalRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Replace the secret of an endpoint; the new one is shown on this answer."""
    if sent_before(request) is not None:
        messages.info(request, _("This was done already; the secret is not shown again."))
        return redirect("portal:webhook", endpoint_id)
    issued = webhooks_services.rotate_secret(
        organization_id=request.actor.organization_id, endpoint_id=endpoint_id, now=clock.now()
    )
    remember(request, reverse("portal:webhook", args=[endpoint_id]))
    return _shown(request, endpoint_id, secret=issued.secret)


def _acting(act: Callable[..., object], said: Any, *, leads: str) -> Callable[..., HttpResponse]:
    """Return a page that takes a form without inputs, does one thing, and leads on."""

    @page()
    @form_only
    def view(request: PortalRequest, endpoint_id: UUID) -> HttpResponse:
        act(
            organization_id=request.actor.organization_id,
            endpoint_id=endpoint_id,
            now=clock.now(),
        )
        messages.success(request, str(said))
        return redirect(leads, *([] if leads == "portal:webhooks" else [endpoint_id]))

    return view  # type: ignore[return-value]


pause_webhook = _acting(
    webhooks_services.pause_endpoint,
    gettext_lazy("The endpoint is paused. What happens meanwhile waits."),
    leads="portal:webhook",
)
enable_webhook = _acting(
    webhooks_services.enable_endpoint,
    gettext_lazy("The endpoint is enabled."),
    leads="portal:webhook",
)
remove_webhook = _acting(
    webhooks_services.remove_endpoint,
    gettext_lazy("The endpoint is removed."),
    leads="portal:webhooks",
)
check_webhook = _acting(
    webhooks_services.send_test,
    gettext_lazy("A test is on its way. It appears among the deliveries."),
    leads="portal:webhook",
)


@page()
@form_only
@once
def replay_webhook(request: PortalRequest, endpoint_id: UUID) -> HttpResponse:
    """Tell an endpoint again what happened in a time."""
    form, now = ReplayForm(request.POST), clock.now()
    if form.is_valid():
        webhooks_services.replay_since(
            organization_id=request.actor.organization_id,
            endpoint_id=endpoint_id,
            since=now - timedelta(hours=int(form.cleaned_data["hours"])),
            now=now,
        )
        messages.success(request, _("What happened since then is being told again."))
    return redirect("portal:webhook", endpoint_id)


@page()
def webhook_delivery(request: PortalRequest, delivery_id: UUID) -> HttpResponse:
    """Show a delivery with its tries and what is sent."""
    found = webhooks_selectors.delivery_of(
        organization_id=request.actor.organization_id, delivery_id=delivery_id
    )
    rows, pages = paged(webhooks_selectors.attempts_of(found), request, size=ROWS)
    context = {
        "delivery": webhook_rows.delivery(found),
        "endpoint": webhook_rows.endpoint(found.endpoint),
        "body": webhook_rows.readable(found.body),
        "rows": [webhook_rows.attempt(each) for each in rows],
        "pages": pages,
    }
    return render(request, "portal/webhook_delivery.html", context)


@page()
@form_only
def replay_webhook_delivery(request: PortalRequest, delivery_id: UUID) -> HttpResponse:
    """Send a delivery again."""
    webhooks_services.replay_delivery(
        organization_id=request.actor.organization_id, delivery_id=delivery_id, now=clock.now()
    )
    messages.success(request, _("The delivery is sent again."))
    return redirect("portal:webhook-delivery", delivery_id)
