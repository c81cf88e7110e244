"""Drivers: what carries out a provider's deliveries, and deliveries that run late."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import NotFound
from common.outbound.contracts import URL_LENGTH_MAX
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.drivers import registry as drivers_registry
from marketplace.drivers import rules as drivers_rules
from marketplace.drivers import selectors as drivers_selectors
from marketplace.drivers import services as drivers_services
from marketplace.drivers.contracts import DriverWish, OwnResourceUnknown
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.portal import desk, driver_words, figures
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.deliveries import LATE_DELIVERIES
from marketplace.portal.lists.drivers import DRIVER_CALLS
from marketplace.portal.once import once, remember, sent_before
from marketplace.portal.tables import Queried

CODE_LENGTH_MAX: Final = 80
RULES: Final = [(name, name) for name in drivers_rules.CALLS.versions]


class DriverPlaceForm(OnceForm):
    """Where a driver listens, and how patiently it is called."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
        help_text=gettext_lazy("Where it listens. Empty for a driver by hand."),
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("Rule of calls"),
        choices=RULES,
        help_text=gettext_lazy("How long an answer may take, and how often a call is tried."),
    )


class DriverForm(DriverPlaceForm):
    """A driver to register."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Driver"),
        choices=[(each.name, each.label) for each in drivers_registry.KINDS.values()],
    )
    resource = forms.CharField(
        label=gettext_lazy("Resource"),
        required=False,
        max_length=CODE_LENGTH_MAX,
        help_text=gettext_lazy("The code of one resource. Empty: all that have no driver."),
    )

    field_order = ("key", "kind", "url", "resource", "rule")


@page(Role.PROVIDER)
@never_cache
@require_http_methods(["GET", "POST"])
def drivers(request: PortalRequest) -> HttpResponseBase:
    """Show a provider's drivers, and register one. Its secret is shown on this answer."""
    form = DriverForm(request.POST or None)
    shown: list[Any] = []
    if request.method == "POST" and form.is_valid():
        # The answer shows the secret, so it cannot be a redirect; sent again it makes no other.
        if sent_before(request) is not None:
            messages.info(request, _("This was done already; the secret is not shown again."))
            return redirect("portal:drivers")
        issued: list[Any] = []
        if desk.is_done(form, lambda: issued.append(_register(request, form)), INPUTS):
            remember(request, request.path)
            shown += _secret(issued[0].secret)
            messages.success(request, _("The driver is registered."))
            form = DriverForm()
    found = list(drivers_selectors.drivers_of(request.actor.organization_id))
    head = desk.Head(
        _("Drivers"),
        _("What carries out your deliveries: a program that the market calls, or people."),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
        links=[
            desk.Link(_("Check your driver"), reverse("portal:driver-check"), "download"),
            desk.Link(_("The interface"), reverse("driver-docs"), "file-text"),
        ],
    )
    block = desk.FormBlock(
        form,
        _("Register it"),
        title=_("Another driver"),
        told=_("The market calls it for each order; it says when it is ready."),
    )
    return desk.show(request, head, [*shown, *_of_demonstration(), _sheet(found)], [block])


def _of_demonstration() -> list[desk.Note]:
    """Say where a visitor's own driver may listen while the market is a demonstration."""
    if not settings.DEMO_DRIVERS:
        return []
    told = _("This is a demonstration: a driver of yours may listen on this machine, at %(places)s")
    places = ", ".join(f"http://{each}/" for each in settings.DEMO_DRIVERS[1:])
    return [desk.Note(told % {"places": places}, "info")]


INPUTS: Final = {"resource_id": "resource"}


def _register(request: PortalRequest, form: DriverForm) -> drivers_services.IssuedDriver:
    said = form.values()
    return drivers_services.register_driver(
        provider_id=request.actor.organization_id,
        person_id=request.actor.person_id,
        wish=DriverWish(
            kind=said["kind"],
            url=said["url"].strip(),
            resource_id=_resource_of(request, said["resource"].strip()),
            rule=said["rule"],
        ),
        now=clock.now(),
    )


def _resource_of(request: PortalRequest, code: str) -> UUID | None:
    if not code:
        return None
    own = identity_selectors.registered_resources().filter(
        provider_id=request.actor.organization_id, identifier=code
    )
    found = own.values_list("pk", flat=True).first()
    try:
        return identity_selectors.resource_of_provider(
            resource_id=found or UUID(int=0), provider_id=request.actor.organization_id
        ).pk
    except NotFound:
        raise OwnResourceUnknown(field="resource") from None  # Beside it, and the form stays.


def _secret(secret: str) -> list[desk.Note]:
    if not secret:
        return []
    told = _("Copy the secret now; it is not shown again.")
    return [desk.Note(f"{told} {secret}", "success", copied=secret)]


def _sheet(found: list[Any]) -> desk.Sheet:
    columns = [
        desk.Column(_("Driver")),
        desk.Column(_("Meant for")),
        desk.Column(_("Address")),
        desk.Column(_("State")),
        desk.Column(_("Test")),
    ]
    rows = [
        [
            desk.Cell(
                driver_words.kind(each.kind),
                each.kind,
                address=reverse("portal:driver", args=[each.pk]),
            ),
            _for(each),
            desk.Cell(each.url or "–"),
            driver_words.health(each),
            driver_words.tested(each),
        ]
        for each in found
    ]
    empty = desk.Empty(
        _("No driver"),
        _("Deliveries are made ready by hand: on their pages, or by your own program."),
        "server-2",
    )
    return desk.Sheet(_("Your drivers"), columns, rows, empty)


def _for(row: Any) -> desk.Cell:
    if row.resource is None:
        return desk.Cell(_("All other resources"))
    return desk.Cell(row.resource.identifier, is_code=True)


@page(Role.PROVIDER)
@never_cache
@require_http_methods(["GET", "POST"])
@once
def driver(request: PortalRequest, driver_id: UUID) -> HttpResponse:
    """Show one driver with what it was told; change where it listens."""
    return _shown(request, driver_id)


def _shown(request: PortalRequest, driver_id: UUID, *, secret: str = "") -> HttpResponse:
    own = request.actor.organization_id
    found = drivers_selectors.driver_of(driver_id, provider_id=own)
    side: list[Any] = []
    if found.url:
        data = request.POST if "url" in request.POST else None
        form = DriverPlaceForm(data, initial={"url": found.url, "rule": found.rule})
        if form.is_bound and form.is_valid():
            change = partial(
                drivers_services.change_driver,
                driver_id=driver_id,
                provider_id=own,
                url=form.cleaned_data["url"].strip(),
                rule=form.cleaned_data["rule"],
                now=clock.now(),
            )
            if desk.is_done(form, change):
                messages.success(request, _("The driver is changed."))
                return redirect("portal:driver", driver_id)
        side += _acts(driver_id, form)
    side.append(
        desk.Acting(
            _("Remove"),
            _("What it carries out is done by hand from then on; what waits is not sent."),
            reverse("portal:driver-remove", args=[driver_id]),
            _("Remove it"),
        )
    )
    state = driver_words.health(found)
    head = desk.Head(
        driver_words.kind(found.kind),
        str(drivers_registry.kind(found.kind).told),
        crumbs=[
            (_("Deliveries of compute"), reverse("portal:deliveries")),
            (_("Drivers"), reverse("portal:drivers")),
        ],
        tags=[desk.Cell(state.text, tone=state.tone, symbol=state.symbol)],
    )
    calls = drivers_selectors.calls_for(request.actor).filter(driver_id=driver_id)
    table = DRIVER_CALLS.read(request, Queried(calls))
    empty = desk.Empty(
        _("No calls"), _("For each order that clears, the driver is told step by step."), "inbox"
    )
    listed = desk.Listed(table, empty, _("Calls to drivers"))
    return desk.show(request, head, [*_secret(secret), _facts(found), listed], side)


def _acts(driver_id: UUID, form: DriverPlaceForm) -> list[Any]:
    return [
        desk.Acting(
            _("Test"),
            _("The driver is sent a call that means nothing; how that went stands here."),
            reverse("portal:driver-test", args=[driver_id]),
            _("Send a test"),
        ),
        desk.FormBlock(form, _("Save"), title=_("Where it listens")),
        desk.FormBlock(
            OnceForm(),
            _("Replace the secret"),
            title=_("Secret"),
            told=_("For a day the former secret is taken beside the new one."),
            symbol="key",
            tone="",
            action=reverse("portal:driver-secret", args=[driver_id]),
        ),
    ]


def _facts(found: Any) -> desk.Facts:
    terms = drivers_rules.CALLS.rule(found.rule)
    tries = ", ".join(figures.duration(seconds) for seconds in terms.retry_seconds)
    return desk.Facts(
        _("How it is called"),
        [
            (_("Meant for"), _for(found)),
            (_("Address"), desk.Cell(found.url or "–")),
            (_("State"), driver_words.health(found)),
            (_("Test"), driver_words.tested(found)),
            (_("Rule of calls"), desk.Cell(found.rule, is_code=True)),
            (_("An answer may take"), desk.Cell(figures.duration(terms.total_seconds))),
            (_("Tried again after"), desk.Cell(tries)),
            (_("Messages to"), _messages_to(found)),
        ],
    )


def _messages_to(found: Any) -> desk.Cell:
    address = reverse("driver-messages", args=[found.pk])
    return desk.Cell(address, is_code=True, copied=address)


@page(Role.PROVIDER)
@never_cache
@form_only
def replace_driver_secret(request: PortalRequest, driver_id: UUID) -> HttpResponseBase:
    """Replace the secret of a driver; the new one is shown on this answer."""
    if sent_before(request) is not None:
        messages.info(request, _("This was done already; the secret is not shown again."))
        return redirect("portal:driver", driver_id)
    issued = drivers_services.replace_secret(
        driver_id=driver_id, provider_id=request.actor.organization_id, now=clock.now()
    )
    remember(request, reverse("portal:driver", args=[driver_id]))
    return _shown(request, driver_id, secret=issued.secret)


@page(Role.PROVIDER)
@form_only
def test_driver(request: PortalRequest, driver_id: UUID) -> HttpResponse:
    """Let a driver be sent a call that means nothing."""
    drivers_services.ask_test(
        driver_id=driver_id, provider_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("A test is on its way."))
    return redirect("portal:driver", driver_id)


@page(Role.PROVIDER)
@form_only
def remove_driver(request: PortalRequest, driver_id: UUID) -> HttpResponse:
    """Remove a driver."""
    drivers_services.remove_driver(
        driver_id=driver_id, provider_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The driver is removed."))
    return redirect("portal:drivers")


@page(Role.OPERATOR, Role.AUDITOR)
def late_deliveries(request: PortalRequest) -> HttpResponseBase:
    """Show the deliveries that run late, and the calls that drivers never took."""
    head = desk.Head(
        _("Deliveries that run late"),
        _(
            "Not answered in time, not ready at their start, or interrupted. Once their time is"
            " over they have failed."
        ),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
    )
    found = fulfilment_selectors.late_deliveries(now=clock.now()).select_related(
        "buyer", "provider"
    )
    table = LATE_DELIVERIES.read(request, Queried(found))
    empty = desk.Empty(_("Nothing runs late"), _("What is late stands here at once."), "check")
    return desk.show(request, head, [desk.Listed(table, empty)])
