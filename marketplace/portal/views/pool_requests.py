"""Providers ask for pools of codes; operators propose to allot them, or decline."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import pool_requests as requests_for_pools
from identity.approvals.contracts import Person
from identity.contracts import PoolRequestState, ResourceClass, Role
from identity.pool_requests import NAME_MAX, REASON_MAX, PoolWish
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.lists.pool_requests import POOL_REQUESTS, state_of_pool_request
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.portal.views.allotting import POOL_MAX, PoolLimitsForm

READERS = (Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)
ALLOT, DECLINE = "allot", "decline"


class PoolRequestForm(PoolLimitsForm):
    """What a pool is called, how many codes it holds, where and what for."""

    name = forms.CharField(label=gettext_lazy("Name of the pool"), max_length=NAME_MAX)
    resources_max = WholeField(
        label=gettext_lazy("Codes at most"), min_value=1, max_value=POOL_MAX, initial=1_000
    )
    reason = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Two operators read it before they allot the pool."),
    )
    field_order = ("name", "resources_max", "reason", "regions", "classes")


class PoolAnswerForm(OnceForm):
    """Whether the pool is allotted, how large, and what the provider reads."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        choices=(
            (ALLOT, gettext_lazy("Propose to allot it")),
            (DECLINE, gettext_lazy("Decline")),
        ),
        widget=forms.RadioSelect,
    )
    resources_max = WholeField(
        label=gettext_lazy("Codes at most"),
        min_value=1,
        max_value=POOL_MAX,
        required=False,
        help_text=gettext_lazy("Empty: as many as were asked for. Fewer is possible, more is not."),
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer that the provider reads"),
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where you decline."),
    )


@page(*READERS)
def pool_requests(request: PortalRequest) -> HttpResponseBase:
    """Show the pools that were asked for: a provider's own; to duties all of them."""
    actor = request.actor
    ask = desk.Link(_("Ask for a pool"), reverse("portal:pool-request-new"), "plus", "primary")
    may = actor.has_role(Role.PROVIDER)
    head = desk.Head(
        _("Pools asked for"),
        _("A provider says what a pool is for; two operators allot it, under a signed grant."),
        crumbs=_crumbs(),
        links=[ask] if may else [],
    )
    empty = desk.Empty(
        _("No pool was asked for"),
        _("With a pool, codes of profile 2 are registered in it."),
        "table",
        ask if may else None,
    )
    table = POOL_REQUESTS.read(request, Queried(requests_for_pools.pool_requests_for(actor)))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def ask(request: PortalRequest) -> HttpResponse:
    """Ask for a pool for one's own organisation."""
    form = PoolRequestForm(request.POST or None)
    made: list[Any] = []

    def send() -> None:
        said = form.cleaned_data
        wish = PoolWish(said["name"], said["resources_max"], said["reason"], **form.limits())
        made.append(requests_for_pools.ask_pool(wish=wish, by=_person(request), now=clock.now()))

    if request.method == "POST" and form.is_valid() and desk.is_done(form, send):
        messages.success(request, _("Your request waits for two operators; a notice tells you."))
        return redirect("portal:pool-request", made[0].pk)
    back = reverse("portal:pool-requests")
    head = desk.Head(
        _("Ask for a pool"),
        _("Codes of a pool begin alike; industry and region stand beside them, in the record."),
        crumbs=[*_crumbs(), (_("Pools asked for"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Send the request"), back)])


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def pool_request(request: PortalRequest, pool_request_id: UUID) -> HttpResponse:
    """Show a request: its provider takes it back, an operator answers."""
    found = requests_for_pools.pool_request_for(request.actor, pool_request_id)
    is_open = found.state == PoolRequestState.WAITING
    is_own = found.organization_id == request.actor.organization_id
    if is_open and is_own and request.actor.has_role(Role.PROVIDER):
        return _withdrawing(request, found)
    if is_open and not is_own and request.actor.has_role(Role.OPERATOR):
        return _answering(request, found)
    return _shown(request, found, [])


def _withdrawing(request: PortalRequest, found: Any) -> HttpResponse:
    form = OnceForm(request.POST or None)

    def withdraw() -> object:
        return requests_for_pools.withdraw_pool_request(
            request_id=found.pk, by=_person(request), now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, withdraw):
        messages.success(request, _("The request is withdrawn."))
        return redirect("portal:pool-requests")
    told = _("Nothing is allotted then. You may ask for another one.")
    block = desk.FormBlock(form, _("Withdraw"), told=told, title=_("Take it back"), tone="danger")
    return _shown(request, found, [block])


def _answering(request: PortalRequest, found: Any) -> HttpResponse:
    form = PoolAnswerForm(request.POST or None)

    def answer() -> object:
        said, by, now = form.cleaned_data, _person(request), clock.now()
        if said["outcome"] == DECLINE:
            return requests_for_pools.decline_pool_request(
                request_id=found.pk, answer=said["answer"], by=by, now=now
            )
        return requests_for_pools.propose_pool(
            request_id=found.pk,
            resources_max=said["resources_max"],
            note=said["answer"],
            by=by,
            now=now,
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, answer):
        if form.cleaned_data["outcome"] == DECLINE:
            messages.success(request, _("The request is declined; the provider reads why."))
        else:
            messages.info(request, _("The pool waits until another operator approves it."))
        return redirect("portal:pool-request", found.pk)
    told = _("Another operator approves the allotment. Declining is done at once.")
    return _shown(request, found, [desk.FormBlock(form, _("Answer"), told=told, title=_("Answer"))])


def _shown(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse:
    tag = state_of_pool_request(found)
    head = desk.Head(
        found.name,
        crumbs=[*_crumbs(), (_("Pools asked for"), reverse("portal:pool-requests"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    main: list[Any] = []
    if found.state == PoolRequestState.WAITING and requests_for_pools.is_proposed(found.pk):
        main.append(desk.Note(_("Its allotment waits for another operator's approval.")))
    main += [desk.Steps(_("What it is for"), found.reason.splitlines()), *blocks]
    return desk.show(request, head, main, [_facts(found)])


def _facts(found: Any) -> desk.Facts:
    classes = " · ".join(str(ResourceClass(each).label) for each in found.classes)
    regions = " · ".join(names.places_under(each) for each in found.regions)
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Asked by"), desk.Cell(names.named(found.organization))),
        (_("Codes at most"), desk.Cell(figures.grouped(found.resources_max))),
        (_("Regions"), desk.Cell(regions or _("everywhere"))),
        (_("Classes"), desk.Cell(classes or _("all"))),
        (_("Asked"), desk.Cell(when(found.asked_at))),
    ]
    if found.pool:
        allotted = figures.grouped(found.pool.resources_max)
        pairs += [
            (_("Prefix"), desk.Cell(found.pool.prefix, is_code=True, copied=found.pool.prefix)),
            (_("Codes allotted"), desk.Cell(allotted)),
        ]
    if found.answered_at:
        pairs.append((_("Answer"), desk.Cell(found.answer or "—", when(found.answered_at))))
    return desk.Facts(_("About"), pairs)


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Granted prefixes"), reverse("portal:grants"))]
