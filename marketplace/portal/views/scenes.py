"""Scenes of orders, for everybody; their publication; and the templates that buyers keep."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Actor, ResourceClass, ResourceForm, Role
from marketplace.catalog.least import units as least_units
from marketplace.drivers import registry as drivers_registry
from marketplace.drivers import scene_selectors as drivers_scenes
from marketplace.drivers import services as drivers_services
from marketplace.drivers.scene_contracts import COMMUNITY_SCENE, TITLE_LENGTH_MAX
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import desk, driver_words, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.scene_form import (
    INPUTS,
    SECTIONS,
    SceneForm,
    asked_words,
    beginning,
)
from marketplace.portal.templatetags import portal as words

LISTINGS_SHOWN: Final = 50
SERVING_SHOWN: Final = 5


class TemplateNameForm(OnceForm):
    """What a template is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=TITLE_LENGTH_MAX)


@require_safe
def scenes(request: HttpRequest) -> HttpResponse:
    """Show the scenes; nobody needs to sign in for it."""
    actor: Actor | None = getattr(request, "actor", None)
    links = []
    if actor is not None and actor.has_role(Role.OPERATOR):
        links.append(desk.Link(_("Propose a scene"), reverse("portal:scene-new"), "file-text"))
    if actor is not None and actor.has_role(Role.BUYER):
        links.append(
            desk.Link(_("My templates"), reverse("portal:order-templates"), "list-details")
        )
    head = desk.Head(
        _("Order by scene"),
        _("What is usually ordered, with a beginning that fits."),
        crumbs=[(_("Compute market"), reverse("portal:market"))],
        links=links,
    )
    columns = [
        desk.Column(_("Scene")),
        desk.Column(_("Meant for")),
        desk.Column(_("Order begins with")),
        desk.Column(_("Version")),
    ]
    rows = [
        [
            desk.Cell(
                worded(row.content["title"]),
                worded(row.content["sentence"]),
                address=reverse("portal:scene", args=[row.code]),
            ),
            desk.Cell(_classes(row.content)),
            desk.Cell(_begins(row.content)),
            desk.Cell(f"v{row.version}", figures.moment(row.published_at)),
        ]
        for row in drivers_scenes.scenes()
    ]
    empty = desk.Empty(
        _("No scenes yet"), _("Two operators publish them; orders need none."), "list-details"
    )
    shown: Any = request
    return desk.show(shown, head, [desk.Sheet(_("Scenes"), columns, rows, empty)])


@require_safe
def scene(request: HttpRequest, scene_code: str) -> HttpResponse:
    """Show one scene, and the listings that serve it."""
    row = drivers_scenes.scene(scene_code)
    content = row.content
    job = content["defaults"]["job"]
    facts = desk.Facts(
        _("What it begins with"),
        [
            (_("Class"), desk.Cell(_classes(content))),
            (_("Form"), desk.Cell(_named(content["forms"], ResourceForm))),
            (_("Drivers"), desk.Cell(", ".join(_kinds(content["driver_kinds"])) or _("any"))),
            (_("Quantity and time"), desk.Cell(_begins(content))),
            *_job_lines(job),
            (_("Hash"), desk.Cell(row.content_hash, is_code=True, copied=row.content_hash)),
        ],
    )
    columns = [
        desk.Column(_("Listing")),
        desk.Column(_("Provider")),
        desk.Column(_("Driver")),
        desk.Column(_("Price")),
        desk.Column(""),
    ]
    target = "portal:job-place" if job else "portal:order-place"
    query = f"{_query(content['defaults'])}&scene={row.code}"
    rows = [
        [
            desk.Cell(
                names.named(listing, "title"),
                _number_and_kind(listing),
                address=reverse("portal:listing", args=[listing.pk]),
            ),
            desk.Cell(names.named(listing.provider)),
            desk.Cell(str(drivers_registry.KINDS[kind].label)),
            desk.Cell(
                words.price(listing.headline_price), f"/ {words.rate_unit(listing.headline_unit)}"
            ),
            desk.Cell(
                links=[
                    desk.Link(
                        pgettext("to place", "Order"),
                        f"{reverse(target, args=[listing.pk])}?{query}",
                        about=listing.number,
                    )
                ]
            ),
        ]
        for listing, kind in drivers_scenes.fitting_listings(
            content, limit=LISTINGS_SHOWN, is_free_first=row.code == COMMUNITY_SCENE
        )
    ]
    empty = desk.Empty(_("Nothing on the market serves it now"), "", "building-store")
    head = desk.Head(
        worded(content["title"]),
        worded(content["sentence"]),
        crumbs=[
            (_("Compute market"), reverse("portal:market")),
            (_("Order by scene"), reverse("portal:scenes")),
        ],
        tags=[desk.Cell(f"v{row.version}")],
    )
    shown: Any = request
    listed = desk.Sheet(_("Listings that serve it"), columns, rows, empty)
    return desk.show(shown, head, [listed], [facts])


def _number_and_kind(listing: Any) -> str:
    """Return a listing's number, and that it is given away if it is."""
    return f"{listing.number} · {_('Community')}" if listing.community_rule_id else listing.number


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def propose_scene(request: PortalRequest) -> HttpResponse:
    """Propose the next version of a scene to another operator."""
    drafts = drivers_scenes.drafts_of_release()
    form = SceneForm(request.POST or None, initial=_begun_with(request, drafts))

    def propose() -> Any:
        return drivers_services.propose_scene(
            code=form.cleaned_data["code"],
            content=form.content(),
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, propose, INPUTS)
    if outcome and outcome.counts:
        messages.info(request, _("The scene waits until another operator approves it."))
        return redirect("portal:scenes")
    head = desk.Head(
        _("Propose a scene"),
        _("Another operator reads and publishes it. It replaces the version before."),
        crumbs=[(_("Order by scene"), reverse("portal:scenes"))],
    )
    block = desk.FormBlock(
        form,
        _("Propose") if outcome else _("Show the order that it makes"),
        reverse("portal:scenes"),
        sections=SECTIONS,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    previewed = _preview(form.content()) if outcome else []
    return desk.show(request, head, [*previewed, block], [_offered(drafts)])


def _begun_with(request: PortalRequest, drafts: dict[str, Any]) -> dict[str, Any]:
    """Return what the form begins with: a scene that holds, a draft, or nothing."""
    former = drivers_scenes.newest_scene(request.GET.get("scene", ""))
    if former is not None:
        return beginning(former.code, former.content)
    code = request.GET.get("draft", "")
    return beginning(code, drafts[code]) if code in drafts else {}


def _preview(content: dict[str, Any]) -> list[Any]:
    """Return the order that a scene would make, and which listings would take it now."""
    job = content["defaults"]["job"]
    made = desk.Facts(
        _("The order that it makes"),
        [
            (_("Scene"), desk.Cell(worded(content["title"]), worded(content["sentence"]))),
            (_("Quantity and time"), desk.Cell(_begins(content))),
            *_job_lines(job),
            (_("The form asks for"), desk.Cell(asked_words(content) or _("how much and when"))),
        ],
    )
    rows = [
        [
            desk.Cell(
                names.named(listing, "title"),
                listing.number,
                address=reverse("portal:listing", args=[listing.pk]),
            ),
            desk.Cell(str(drivers_registry.KINDS[kind].label)),
        ]
        for listing, kind in drivers_scenes.fitting_listings(content, limit=SERVING_SHOWN)
    ]
    empty = desk.Empty(_("Nothing on the market serves it now"), "", "building-store")
    columns = [desk.Column(_("Listing")), desk.Column(_("Driver"))]
    return [made, desk.Sheet(_("Listings that would serve it"), columns, rows, empty)]


def _job_lines(job: dict[str, Any] | None) -> list[tuple[str, desk.Cell]]:
    """Return what a job runs, as far as something is said of it."""
    said = driver_words.job_texts(job) if job else {_("Command"): _("no job")}
    return [(label, desk.Cell(told)) for label, told in said.items() if told != "–"]


def _offered(drafts: dict[str, Any]) -> desk.Sheet:
    """Return the drafts of the release, each as a way to begin."""
    address = reverse("portal:scene-new")
    rows = [
        [
            desk.Cell(worded(content["title"]), code, address=f"{address}?draft={code}"),
            desk.Cell(_begins(content)),
        ]
        for code, content in drafts.items()
    ]
    columns = [desk.Column(_("Begin with a draft")), desk.Column(_("Order begins with"))]
    empty = desk.Empty(_("No drafts"), "", "list-details")
    return desk.Sheet(_("Drafts of this release"), columns, rows, empty)


@page(Role.BUYER)
def order_templates(request: PortalRequest) -> HttpResponseBase:
    """Show what an organisation keeps of its orders."""
    columns = [
        desk.Column(_("Name")),
        desk.Column(_("Listing")),
        desk.Column(_("Order begins with")),
        desk.Column(""),
    ]
    rows = []
    for row in drivers_scenes.templates_of(request.actor.organization_id):
        acts = []
        if row.listing is not None:
            target = "portal:job-place" if row.content["job"] else "portal:order-place"
            address = reverse(target, args=[row.listing_id])
            query = f"{_query(row.content)}&template={row.pk}"
            acts.append(
                desk.Link(pgettext("to place", "Order"), f"{address}?{query}", about=row.name)
            )
        acts.append(
            desk.Link(_("Remove"), reverse("portal:order-template", args=[row.pk]), about=row.name)
        )
        rows.append(
            [
                desk.Cell(row.name, figures.moment(row.made_at)),
                desk.Cell(names.named(row.listing, "title") if row.listing else "–"),
                desk.Cell(_quantity(row.content)),
                desk.Cell(links=acts),
            ]
        )
    empty = desk.Empty(
        _("No templates"), _("On the page of an order, keep it as a template."), "list-details"
    )
    head = desk.Head(
        _("My templates"),
        _("What your organisation orders again and again. Nobody else sees it."),
        crumbs=[(_("Order by scene"), reverse("portal:scenes"))],
    )
    return desk.show(request, head, [desk.Sheet(_("Templates"), columns, rows, empty)])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def keep_template(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Keep what an order asked for under a name."""
    own = request.actor.organization_id
    order = orders_selectors.order(order_id=order_id, organization_id=own)
    form = TemplateNameForm(request.POST or None)
    if form.is_bound and form.is_valid():
        act = partial(
            drivers_services.keep_template,
            order_id=order_id,
            organization_id=own,
            name=form.cleaned_data["name"],
            by_id=request.actor.person_id,
            now=clock.now(),
        )
        if desk.is_done(form, act):
            messages.success(request, _("The order is kept as a template."))
            return redirect("portal:order-templates")
    head = desk.Head(
        _("Keep as a template"),
        _("Quantity, time and the job are kept; its start and its price are not."),
        crumbs=[
            (_("Orders"), reverse("portal:orders")),
            (order.number, reverse("portal:order", args=[order_id])),
        ],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Keep it"))])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def order_template(request: PortalRequest, order_template_id: UUID) -> HttpResponse:
    """Say which template goes, and forget it."""
    own = request.actor.organization_id
    row = drivers_scenes.template(order_template_id, organization_id=own)
    form = OnceForm(request.POST or None)
    if form.is_bound and form.is_valid():
        drivers_services.remove_template(
            template_id=order_template_id, organization_id=own, now=clock.now()
        )
        messages.success(request, _("The template is removed."))
        return redirect("portal:order-templates")
    head = desk.Head(
        row.name,
        _quantity(row.content),
        crumbs=[(_("My templates"), reverse("portal:order-templates"))],
    )
    block = desk.FormBlock(
        form, _("Remove it"), told=_("Orders that were placed by it stay."), tone="danger"
    )
    return desk.show(request, head, [block])


def worded(said: dict[str, str]) -> str:
    """Return what is said in the reader's language."""
    return said["zh"] if (get_language() or "").startswith("zh") else said["en"]


def _query(defaults: dict[str, Any]) -> str:
    units = least_units(defaults["units_milli"])
    return f"units={units}&seconds={defaults['seconds']}"


def _begins(content: dict[str, Any]) -> str:
    return _quantity(content["defaults"])


def _quantity(defaults: dict[str, Any]) -> str:
    units = least_units(defaults["units_milli"])
    return f"{units} × {figures.duration(defaults['seconds'])}"


def _classes(content: dict[str, Any]) -> str:
    return _named(content["classes"], ResourceClass)


def _named(values: list[str], among: Any) -> str:
    return ", ".join(str(among(each).label) for each in values) or _("any")


def _kinds(values: list[str]) -> list[str]:
    return [str(drivers_registry.KINDS[each].label) for each in values]
