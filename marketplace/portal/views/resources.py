"""A provider's compute resources: registered under their identifiers, suspended, withdrawn."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import allotments, standings
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm, ResourceStatus, Role
from identity.identifiers import industries, profiles
from identity.services import ResourceFacts
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import desk, figures, names, standing
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm, RegionField, Suggested, WholeField
from marketplace.portal.lists.metering import RESOURCES, capacity
from marketplace.portal.once import once
from marketplace.portal.qr import passport_address, qr_picture
from marketplace.portal.state_sheet import told_state
from marketplace.portal.tables import Queried
from marketplace.portal.views import resource_hardware
from metering import selectors as metering_selectors

SHOWN_MAX: Final = 50
QUANTITY_MAX: Final = 999_999
TONES: Final = {
    ResourceStatus.REGISTERED: "neutral",
    ResourceStatus.ACTIVE: "ok",
    ResourceStatus.SUSPENDED: "warn",
    ResourceStatus.WITHDRAWN: "bad",
    ResourceStatus.RENAMED: "neutral",
}
# The inputs that the rooms' refusals are about.
FIELDS: Final = {"specification": "chip", "total_milli": "quantity", "grid_region": "region"}


def _chips() -> list[tuple[str, str]]:
    known = profiles.definition(profiles.CURRENT_VERSION)["components"].values()
    return [(each[0], "") for each in known if each[0] not in ("node", "vcpu")]


class NameForm(OnceForm):
    """How a resource is called."""

    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Shown to those who read English."),
    )


class NewResourceForm(NameForm):
    """A resource to register; its compute identifier is made from this."""

    resource_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=ResourceClass.choices)
    form = forms.ChoiceField(label=gettext_lazy("Handed over as"), choices=ResourceForm.choices)
    capacity_unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"), choices=CapacityUnit.choices
    )
    quantity = WholeField(
        label=gettext_lazy("How many"),
        min_value=1,
        max_value=QUANTITY_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    chip = forms.CharField(
        label=gettext_lazy("Chip"),
        max_length=60,
        required=False,
        widget=Suggested(_chips),
        help_text=gettext_lazy("For cards, by any name that the identifier profile knows."),
    )
    memory_gb = WholeField(
        label=gettext_lazy("Memory"),
        min_value=1,
        max_value=999_999_999,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    region = RegionField(label=gettext_lazy("Region"))
    industry = forms.CharField(
        label=gettext_lazy("Industry"),
        max_length=3,
        initial="I64",
        help_text=gettext_lazy("GB/T 4754 section and division, for example I64."),
    )
    pue = ExactField(
        label=gettext_lazy("PUE of the site"),
        min_value=Decimal(1),
        max_value=9,
        decimal_places=3,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    serial = forms.RegexField(
        r"\A[0-9A-Za-z]{0,8}\Z",
        label=gettext_lazy("Serial"),
        required=False,
        help_text=gettext_lazy("Up to 8 letters and digits of your own. Empty: the next number."),
    )
    hardware_serials = resource_hardware.SerialsField(
        help_text=gettext_lazy(
            "Of machines or cards, one a line. Kept as hashes; no two resources name the same."
        ),
    )
    pool = forms.ChoiceField(
        label=gettext_lazy("Pool"),
        required=False,
        choices=[("", gettext_lazy("None: the layout in use"))],
        help_text=gettext_lazy("In a pool its code is of layout 2 and holds no credit code."),
    )
    suffixes: Final = {"memory_gb": "GB"}

    def offer_pools(self, pools: Any) -> None:
        """Let one of these pools be chosen."""
        offered = [(each.prefix, f"{each.prefix} {each.name}") for each in pools]
        self.fields["pool"].choices = [*NewResourceForm.base_fields["pool"].choices, *offered]  # type: ignore[attr-defined]

    def clean_chip(self) -> str:
        """Return a chip that the identifier profile knows."""
        chip: str = self.cleaned_data["chip"].strip()
        if chip and len(profiles.component_names(chip)) == 1 and (chip, "") not in _chips():
            raise ValidationError(_("The identifier profile knows no chip of this name."))
        return chip

    def clean_industry(self) -> str:
        """Return an industry of GB/T 4754."""
        code: str = self.cleaned_data["industry"].strip().upper()
        if not industries.is_industry(code):
            raise ValidationError(_("This industry code is unknown."))
        return code

    def clean(self) -> dict[str, Any]:
        """Check that cards say of which chip, and nothing else does."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_cards = cleaned.get("capacity_unit") == CapacityUnit.CARD
        if is_cards and not cleaned.get("chip") and "chip" not in self.errors:
            self.add_error("chip", _("Say which chip the cards are."))
        if not is_cards and cleaned.get("chip"):
            self.add_error("chip", _("Only cards have a chip; leave it empty."))
        return cleaned

    def facts(self) -> ResourceFacts:
        """Return what was typed as the register takes it."""
        values = self.cleaned_data
        unit, count = CapacityUnit(values["capacity_unit"]), values["quantity"]
        counted: dict[str, Any] = {
            CapacityUnit.CARD: {"chip": values["chip"], "cards": count},
            CapacityUnit.VCPU: {"vcpu": count},
            CapacityUnit.NODE: {"nodes": count},
            CapacityUnit.GB: {"nodes": 1, "gb": count},
            CapacityUnit.GBPS: {"nodes": 1, "gbps": count},
            CapacityUnit.TPS: {"nodes": 1, "tps": count},
        }[unit]
        if values["memory_gb"]:
            counted = counted | {"memory_gb": values["memory_gb"]}
        return ResourceFacts(
            name=values["name"],
            name_en=values["name_en"],
            region=values["region"],
            resource_class=ResourceClass(values["resource_class"]),
            form=ResourceForm(values["form"]),
            specification=counted,
            capacity_unit=unit,
            total_milli=count * 1000,
            industry=values["industry"],
            serial=values["serial"].upper(),
            pue=values["pue"],
            hardware_serials=tuple(values["hardware_serials"].split()),
        )


SECTIONS: Final = (
    desk.Section(gettext_lazy("Name"), ("name", "name_en")),
    desk.Section(
        gettext_lazy("Capacity"),
        ("resource_class", "form", "capacity_unit", "quantity", "chip", "memory_gb"),
        gettext_lazy("What can be sold of it at most. It is counted in whole units."),
    ),
    desk.Section(gettext_lazy("Place"), ("region", "industry", "pue")),
    desk.Section(
        gettext_lazy("Identifier"),
        ("pool", "serial", "hardware_serials"),
        gettext_lazy("Owner, industry, place, class, capacity and serial make the identifier."),
    ),
)


@page(Role.PROVIDER)
def resources(request: PortalRequest) -> HttpResponse:
    """Show a provider's resources, the newest first."""
    found = identity_selectors.registered_resources().filter(
        provider_id=request.actor.organization_id
    )
    register = desk.Link(
        _("Register a resource"), reverse("portal:resource-new"), "plus", "primary"
    )
    head = desk.Head(
        _("Resources"),
        _("What you can sell, each under its compute identifier. List it to sell it."),
        links=[
            desk.Link(_("Granted prefixes"), reverse("portal:grants"), "list-details"),
            desk.Link(_("Further codes"), reverse("portal:further-codes"), "refresh"),
            desk.Link(_("From a file"), reverse("portal:capacity-import"), "table"),
            register,
        ],
    )
    empty = desk.Empty(
        _("No resources yet"),
        _("Register the first one; it gets its compute identifier at once."),
        "server-2",
        register,
    )
    table = RESOURCES.read(request, Queried(found), dress=_counted)
    return desk.show(request, head, [desk.Listed(table, empty)])


def _counted(rows: Sequence[Any]) -> Sequence[Any]:
    standings.mark_counted(rows)
    return rows


def _state(found: Any) -> desk.Cell:
    status, note = standing.counted_standing(found)
    return desk.Cell(status.label, note, tone=TONES[status])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_resource(request: PortalRequest) -> HttpResponse:
    """Register a resource, after its identifier was shown."""
    form = NewResourceForm(request.POST or None)

    owner = request.actor.organization_id
    form.offer_pools(allotments.pools_for(request.actor).filter(organization_id=owner)[:SHOWN_MAX])

    def register() -> Any:
        prefix = form.cleaned_data["pool"]
        return identity_services.register_resource(
            provider_id=owner,
            facts=form.facts(),
            registered_at=clock.now(),
            allotted=identity_services.allotted_to(prefix=prefix, provider_id=owner)
            if prefix
            else None,
        )

    outcome = desk.attempt(request, form, register, FIELDS)
    if outcome and outcome.counts:
        made = outcome.made
        messages.success(request, _("%(name)s is registered.") % {"name": names.named(made)})
        return redirect("portal:resource", made.pk)
    back = reverse("portal:resources")
    head = desk.Head(
        _("Register a resource"),
        _("The identifier that comes of it names this resource for good."),
        crumbs=[(_("Resources"), back)],
    )
    block = desk.FormBlock(
        form,
        _("Register it") if outcome else _("Show the identifier"),
        back,
        SECTIONS,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    side = [_preview(outcome.made)] if outcome else []
    return desk.show(request, head, [block], side)


def _preview(made: Any) -> desk.Facts:
    return desk.Facts(
        _("What is registered"),
        [
            (_("Compute identifier"), desk.Cell(made.identifier, is_code=True)),
            (_("Capacity"), desk.Cell(capacity(made))),
            (_("Specification"), desk.Cell(" · ".join(names.specification(made.specification)))),
            (_("Place"), desk.Cell(names.place(made.region))),
            (_("Changed later"), desk.Cell(_("only its name, its state and the serials"))),
        ],
    )


@page(Role.PROVIDER)
def resource(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Show one of the provider's resources: its entry, what is sold of it, what measures it."""
    found = _own(request, resource_id)
    head = desk.Head(
        names.named(found),
        crumbs=[(_("Resources"), reverse("portal:resources"))],
        tags=[_state(found), desk.Cell(found.identifier, is_code=True, copied=found.identifier)],
        links=[
            desk.Link(
                _("Rename"),
                reverse("portal:resource-rename", args=[found.pk]),
                "adjustments-horizontal",
            ),
            desk.Link(
                _("Who tells of it"), reverse("portal:resource-watch", args=[found.pk]), "gauge"
            ),
            *_another_code(found),
            desk.Link(
                _("Passport"), reverse("portal:passport", args=[found.identifier]), "file-text"
            ),
        ],
    )
    return desk.show(
        request,
        head,
        [told_state(found.pk), _listings(request, found), _meters(found)],
        [_entry(found), _passport(found.identifier)],
    )


def _another_code(found: Any) -> list[desk.Link]:
    """Return the way to another code, while there is one to give up."""
    if found.status in (ResourceStatus.RENAMED, ResourceStatus.WITHDRAWN):
        return []
    address = reverse("portal:resource-code", args=[found.pk])
    return [desk.Link(_("Another code"), address, "refresh")]


def _passport(code: str) -> desk.QrCode:
    address = passport_address(code)
    return desk.QrCode(
        _("Passport"),
        qr_picture(address),
        address,
        _("Put the picture on the machine: whoever reads it sees what stands behind the code."),
    )


def _own(request: PortalRequest, resource_id: UUID) -> Any:
    return identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=request.actor.organization_id
    )


def _entry(found: Any) -> desk.Facts:
    status = ResourceStatus(found.status)
    links = [
        desk.Link(
            MOVES[move].act,
            reverse("portal:resource-move", args=[found.pk, move]),
            tone="danger" if move == "withdraw" else "",
        )
        for move in MOVES
        if status in MOVES[move].before
    ]
    specification = " · ".join(names.specification(found.specification))
    serials = resource_hardware.told(identity_selectors.hardware_count(resource_id=found.pk))
    return desk.Facts(
        _("Entry in the register"),
        [
            (_("Class"), desk.Cell(ResourceClass(found.resource_class).label)),
            (_("Handed over as"), desk.Cell(ResourceForm(found.form).label)),
            (_("Capacity"), desk.Cell(capacity(found))),
            (_("Specification"), desk.Cell(specification)),
            (
                _("Serials of the hardware"),
                desk.Cell(serials, address=reverse("portal:resource-hardware", args=[found.pk])),
            ),
            (_("Place"), desk.Cell(names.place(found.region))),
            (_("Industry"), desk.Cell(found.industry)),
            (_("PUE of the site"), desk.Cell("—" if found.pue is None else f"{found.pue}")),
            (
                _("Verified level"),
                desk.Cell(
                    f"L{found.verification_level}",
                    address=reverse("portal:resource-verification", args=[found.pk]),
                ),
            ),
            (_("Registered"), desk.Cell(figures.moment(found.registered_at))),
        ],
        links,
    )


def _listings(request: PortalRequest, found: Any) -> desk.Sheet:
    listed = catalog_selectors.listings_of(request.actor.organization_id)
    return desk.Sheet(
        title=_("Listings"),
        columns=[desk.Column(_("Listing")), desk.Column(_("State"))],
        rows=[
            [
                desk.Cell(
                    names.named(each, "title"),
                    note=each.number,
                    address=reverse("portal:listing", args=[each.pk]),
                ),
                desk.Cell(each.get_state_display()),
            ]
            for each in listed.filter(resource_id=found.pk)[:SHOWN_MAX]
        ],
        empty=desk.Empty(
            _("Not on the market"),
            _("Nobody can order it before it is listed with a price."),
            "building-store",
            desk.Link(_("New listing"), reverse("portal:listing-new"), "plus")
            if standing.counted_standing(found)[0] == ResourceStatus.ACTIVE
            else None,
        ),
    )


def _meters(found: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Meters"),
        columns=[desk.Column(_("Meter")), desk.Column(_("Measured by")), desk.Column(_("Since"))],
        rows=[
            [
                desk.Cell(each.name),
                desk.Cell(f"{each.rule_version.rule_id} v{each.rule_version.version}"),
                desk.Cell(figures.moment(each.registered_at)),
            ]
            for each in metering_selectors.meters_of_resource(resource_id=found.pk)[:SHOWN_MAX]
        ],
        empty=desk.Empty(
            _("No meters yet"),
            _("Use is charged by what a meter counts: put one on before the first order."),
            "gauge",
        ),
    )


class Move:
    """A step of a resource: what it is called, when it can be taken, and what it means."""

    def __init__(
        self, after: ResourceStatus, before: set[ResourceStatus], act: Any, told: Any, done: Any
    ) -> None:
        self.after, self.before, self.act, self.told, self.done = after, before, act, told, done


class ResourceMoveForm(OnceForm):
    """Why a resource takes a step."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everybody reads it in the resource's history."),
    )


MOVES: Final = {
    "suspend": Move(
        ResourceStatus.SUSPENDED,
        {ResourceStatus.ACTIVE},
        gettext_lazy("Suspend"),
        gettext_lazy(
            "An open listing of it is paused at once, and nothing of it is sold until it is"
            " resumed. What runs on it stops, too. Why is told to everybody, on its passport."
        ),
        gettext_lazy("%(name)s is suspended."),
    ),
    "resume": Move(
        ResourceStatus.ACTIVE,
        {ResourceStatus.SUSPENDED, ResourceStatus.REGISTERED},
        gettext_lazy("Resume"),
        gettext_lazy("It can be put on the market again."),
        gettext_lazy("%(name)s is active again."),
    ),
    "withdraw": Move(
        ResourceStatus.WITHDRAWN,
        {ResourceStatus.ACTIVE, ResourceStatus.SUSPENDED, ResourceStatus.REGISTERED},
        gettext_lazy("Withdraw for good"),
        gettext_lazy(
            "This is final: its compute identifier never comes back, for this or for anything else."
            " Close its listing first. What was ordered stays ordered, measured and charged."
        ),
        gettext_lazy("%(name)s is withdrawn."),
    ),
}


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def move_resource(request: PortalRequest, resource_id: UUID, move: str) -> HttpResponse:
    """Ask before a resource is suspended, resumed or withdrawn."""
    found = _own(request, resource_id)
    step = MOVES.get(move)
    if step is None:
        raise Http404
    form = ResourceMoveForm(request.POST or None)
    back = reverse("portal:resource", args=[found.pk])

    def change() -> object:
        return identity_services.change_resource_status(
            resource_id=found.pk,
            provider_id=request.actor.organization_id,
            status=step.after,
            reason=form.cleaned_data["reason"],
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        messages.success(request, str(step.done) % {"name": names.named(found)})
        return redirect(back)
    head = desk.Head(
        f"{step.act}: {names.named(found)}",
        tags=[_state(found), desk.Cell(found.identifier, is_code=True)],
        crumbs=[(_("Resources"), reverse("portal:resources")), (names.named(found), back)],
    )
    tone = "danger" if step.after == ResourceStatus.WITHDRAWN else "primary"
    block = desk.FormBlock(form, step.act, back, told=step.told, tone=tone)
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def rename_resource(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Call a resource something else."""
    found = _own(request, resource_id)
    form = NameForm(request.POST or None, initial={"name": found.name, "name_en": found.name_en})
    back = reverse("portal:resource", args=[found.pk])

    def rename() -> object:
        return identity_services.rename_resource(
            resource_id=found.pk, provider_id=request.actor.organization_id, **form.values()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, rename):
        messages.success(request, _("The name is changed."))
        return redirect(back)
    head = desk.Head(
        _("Rename"),
        _("The identifier stays. Listings keep their own titles."),
        crumbs=[(_("Resources"), reverse("portal:resources")), (names.named(found), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Save"), back)])
