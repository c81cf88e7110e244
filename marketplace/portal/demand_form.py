"""The form of a demand: what a buyer types, read into the terms of a demand."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import ResourceClass, ResourceForm
from identity.identifiers import regions
from identity.projects.rows import ProjectRow
from marketplace.catalog.least import units
from marketplace.demands.contracts import (
    DemandKind,
    DemandTerms,
    Need,
    Option,
    Preference,
    PriceLimit,
)
from marketplace.orders.contracts import UNITS_MILLI_MAX
from marketplace.portal import figures, names
from marketplace.portal.forms import ExactField, MoneyField, OnceForm, TimeOfDayField, WholeField
from marketplace.portal.order_form import LENGTH_NAMES, LENGTHS, LOCAL, project_choices

ANY: Final = ("", gettext_lazy("Any"))
LEAD: Final = timedelta(minutes=3)
FIGURE_MAX: Final = 2**31 - 1
# The inputs that the room's refusals are about.
FIELDS: Final = {
    "at_market_price": "limit",
    "units_milli": "units",
    "form": "resource_form",
    "least_milli": "least",
    "seconds": "length",
    "latest_start_at": "window",
    "options": "otherwise",
    "max_price_per_standard_hour_minor": "limit",
    "max_price_per_unit_hour_minor": "limit",
    "max_amount_minor": "limit",
}
# What few demands say stands folded, unless something is typed there.
FOLDED: Final = {
    "what": ("otherwise", "cards_per_node", "card_memory_gb", "network_gbps"),
    "where": (
        *("hubs", "near_hub", "near_ms", "pue_max", "carbon_max"),
        *("verification_min", "quality_min", "only", "never"),
    ),
    "how": ("least", "data_gb"),
}
LIMITS: Final = (
    ("max_price_per_standard_hour_minor", gettext_lazy("a standard hour")),
    ("max_price_per_unit_hour_minor", gettext_lazy("a unit-hour (card, vCPU, node)")),
    ("max_amount_minor", gettext_lazy("in all")),
)


def _hubs() -> list[tuple[str, str]]:
    return [(hub.code, names.hub(hub.code)) for hub in regions.hubs()]


def _places() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("No place")), *_hubs()]


def _moment(label: Any, **options: Any) -> TimeOfDayField:
    return TimeOfDayField(
        label=label,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL),
        **options,
    )


def _whole(label: Any, least: int = 0, most: int = FIGURE_MAX) -> WholeField:
    attributes = {"inputmode": "numeric", "autocomplete": "off"}
    return WholeField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs=attributes),
    )


def _exact(label: Any, *, required: bool = False, digits: int = 3, **options: Any) -> ExactField:
    attributes = {"inputmode": "decimal", "autocomplete": "off"}
    return ExactField(
        label=label,
        required=required,
        decimal_places=digits,
        widget=forms.TextInput(attrs=attributes),
        **options,
    )


def _names_field(label: Any, told: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=400,
        help_text=told,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DemandForm(OnceForm):
    """What is needed, when and where, and how it is traded."""

    resource_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=ResourceClass.choices)
    # Not `form`: an element that is called so hides, in a browser, which form the others belong to.
    resource_form = forms.ChoiceField(
        label=gettext_lazy("Form"), choices=[ANY, *ResourceForm.choices], required=False
    )
    units = _exact(
        gettext_lazy("How much"),
        required=True,
        min_value=Decimal("0.001"),
        max_value=UNITS_MILLI_MAX // 1000,
    )
    chips = _names_field(
        gettext_lazy("Chips"), gettext_lazy("Any of these, with commas between. Empty: any chip.")
    )
    otherwise = _names_field(
        gettext_lazy("Chips that will do instead"),
        gettext_lazy("Chips that will do if none of the first can be had."),
    )
    cards_per_node = _whole(gettext_lazy("Cards of a node, at least"))
    card_memory_gb = _whole(gettext_lazy("Memory of a card, at least"))
    network_gbps = _whole(gettext_lazy("Network, at least"))
    hubs = forms.MultipleChoiceField(
        label=gettext_lazy("Hubs (any of; none: all)"),
        choices=_hubs,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    near_hub = forms.ChoiceField(label=gettext_lazy("Near to"), choices=_places, required=False)
    near_ms = _exact(gettext_lazy("Latency, at most"), digits=1, min_value=0, max_value=100_000)
    starts_at = _moment(gettext_lazy("Starting at"))
    window = _whole(gettext_lazy("Or up to so many hours later"), 0, 31 * 24)
    length = WholeField(
        label=gettext_lazy("For"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    length_unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=LENGTH_NAMES)
    pue_max = _exact(gettext_lazy("PUE, at most"), min_value=1, max_value=9)
    carbon_max = _whole(gettext_lazy("Carbon, at most"))
    verification_min = forms.ChoiceField(
        label=gettext_lazy("Verification level"),
        choices=[ANY, *((str(level), f"≥ {level}") for level in (1, 2, 3))],
        required=False,
    )
    quality_min = _whole(gettext_lazy("Quality score, at least"), 0, 100)
    only = _names_field(
        gettext_lazy("Only these providers"), gettext_lazy("Social credit codes, with commas.")
    )
    never = _names_field(
        gettext_lazy("Never these providers"), gettext_lazy("Social credit codes, with commas.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How long it waits"),
        choices=DemandKind.choices,
        widget=forms.RadioSelect,
    )
    expires_at = _moment(gettext_lazy("Waits until"), required=False)
    least = _exact(
        gettext_lazy("May be split, with at least"),
        min_value=Decimal("0.001"),
        help_text=gettext_lazy("Empty: all or none."),
    )
    limit = MoneyField(label=gettext_lazy("Price limit"), required=False, takes_zero=True)
    limit_unit = forms.ChoiceField(label=gettext_lazy("Unit of the limit"), choices=LIMITS)
    at_market = forms.BooleanField(
        label=gettext_lazy("I take the market price, whatever it is"), required=False
    )
    prefer = forms.ChoiceField(
        label=gettext_lazy("Of what serves, take the"),
        choices=Preference.choices,
        widget=forms.RadioSelect,
    )
    data_gb = _whole(gettext_lazy("Data to move, counted at the path's price"), 0, 10**9)
    use_vouchers = forms.BooleanField(
        label=gettext_lazy("Let my vouchers pay their share"), required=False
    )
    project_id = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        now: datetime,
        like: DemandTerms | None = None,
        projects: Iterable[ProjectRow] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["project_id"].choices = project_choices(projects)  # type: ignore[attr-defined]
        self.now = now
        zone = moments.market_zone()
        told = _("Time of day in %(zone)s.") % {"zone": figures.zone_name(now)}
        self.fields["starts_at"].help_text = told
        self.initial.update(
            {
                "resource_class": ResourceClass.AI,
                "units": "8",
                "starts_at": (now + LEAD).astimezone(zone).strftime(LOCAL),
                "length": 1,
                "length_unit": "hour",
                "kind": DemandKind.IMMEDIATE,
                "prefer": Preference.CHEAPEST,
                "limit_unit": LIMITS[0][0],
                "use_vouchers": True,
            }
        )
        if like is not None:
            self.initial.update(typed(like))

    def clean_starts_at(self) -> datetime | None:
        """Read the time of day on the market's clock."""
        return self._local("starts_at")

    def clean_expires_at(self) -> datetime | None:
        """Read the time of day on the market's clock."""
        return self._local("expires_at")

    def clean_only(self) -> tuple[UUID, ...]:
        """Return the providers of the codes."""
        return self._providers("only")

    def clean_never(self) -> tuple[UUID, ...]:
        """Return the providers of the codes."""
        return self._providers("never")

    def clean(self) -> dict[str, Any]:
        """Check what belongs together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        stands = cleaned.get("kind") == DemandKind.STANDING
        if stands and not cleaned.get("expires_at") and "expires_at" not in self.errors:
            self.add_error("expires_at", _("Say until when the demand waits."))
        seconds = cleaned.get("length", 0) * LENGTHS.get(cleaned.get("length_unit", ""), 0)
        if seconds > 366 * 86_400:
            self.add_error("length", _("An order lasts at most %(days)s days.") % {"days": 366})
        return cleaned

    @property
    def opened(self) -> dict[str, bool]:
        """Return which folded parts hold something that the reader has to see."""
        return {
            part: any(self[name].value() or self[name].errors for name in fields)
            for part, fields in FOLDED.items()
        }

    def terms(self) -> DemandTerms:
        """Return the terms that were typed."""
        typed_ = self.cleaned_data
        stands = typed_["kind"] == DemandKind.STANDING
        chips = _split(typed_["chips"])
        choices = [chips, *([other] if (other := _split(typed_["otherwise"])) else [])]
        return DemandTerms(
            options=tuple(self._option(each) for each in choices),
            kind=typed_["kind"],
            expires_at=typed_["expires_at"] if stands else None,
            at_market_price=typed_["at_market"],
            prefer=typed_["prefer"],
            data_gb=typed_["data_gb"] or 0,
            use_vouchers=typed_["use_vouchers"],
            project_id=UUID(typed_["project_id"]) if typed_["project_id"] else None,
        )

    def need(self, chips: tuple[str, ...] = ()) -> Need:
        """Return what a listing must be."""
        typed_ = self.cleaned_data
        level = typed_["verification_min"]
        same = (
            "resource_class",
            "cards_per_node",
            "card_memory_gb",
            "network_gbps",
            "near_hub",
            "near_ms",
            "pue_max",
            "carbon_max",
            "quality_min",
            "only",
            "never",
        )
        return Need(
            **{name: typed_[name] for name in same},
            form=typed_["resource_form"],
            chips=chips or _split(typed_["chips"]),
            hubs=tuple(typed_["hubs"]),
            verification_min=int(level) if level else None,
        )

    def at_its_field(self, refusal: Refusal) -> Refusal:
        """Point a refusal at the input of this form that it is about."""
        refusal.field = FIELDS.get(refusal.field or "", refusal.field)
        return refusal

    def _option(self, chips: tuple[str, ...]) -> Option:
        typed_ = self.cleaned_data
        starts_at, window = typed_["starts_at"], typed_["window"]
        limit = typed_["limit"]
        return Option(
            need=self.need(chips),
            units_milli=int(typed_["units"] * 1000),
            starts_at=starts_at,
            seconds=typed_["length"] * LENGTHS[typed_["length_unit"]],
            latest_start_at=starts_at + timedelta(hours=window) if window else None,
            least_milli=int(typed_["least"] * 1000) if typed_["least"] else None,
            limit=PriceLimit(**({} if limit is None else {typed_["limit_unit"]: limit})),
        )

    def _local(self, name: str) -> datetime | None:
        at = self.cleaned_data[name]
        if at is None:
            return None
        try:
            return moments.local_moment(at.replace(tzinfo=None, microsecond=0))
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def _providers(self, name: str) -> tuple[UUID, ...]:
        return tuple(_found(self.cleaned_data[name]))


def _found(text: str) -> Iterator[UUID]:
    for code in _split(text):
        found = identity_selectors.organization_by_uscc(code.upper())
        if found is None:
            raise ValidationError(_("No organisation has this code."), code="unknown")
        yield found.pk


def _split(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(each.strip() for each in text.replace("，", ",").split(",") if each.strip())
    )


def typed(terms: DemandTerms) -> dict[str, Any]:
    """Return what somebody would type to ask for some terms."""
    first, zone = terms.options[0], moments.market_zone()
    length, length_unit = figures.in_whole_units(first.seconds)
    latest = first.latest_start_at
    need = first.need
    values: dict[str, Any] = {
        name: getattr(need, name)
        for name in Need.__dataclass_fields__
        if name not in ("chips", "only", "never")
    }
    values |= {
        "resource_form": need.form,
        "chips": ", ".join(need.chips),
        "otherwise": ", ".join(terms.options[1].need.chips) if len(terms.options) > 1 else "",
        "only": _codes(need.only),
        "never": _codes(need.never),
        "units": units(first.units_milli),
        "least": units(first.least_milli) if first.least_milli else None,
        "starts_at": first.starts_at.astimezone(zone).strftime(LOCAL),
        "window": int((latest - first.starts_at).total_seconds()) // 3600 or None
        if latest
        else None,
        "length": length,
        "length_unit": length_unit,
        "kind": terms.kind,
        "expires_at": terms.expires_at and terms.expires_at.astimezone(zone).strftime(LOCAL),
        "at_market": terms.at_market_price,
        "prefer": terms.prefer,
        "data_gb": terms.data_gb or None,
        "use_vouchers": terms.use_vouchers,
        "project_id": str(terms.project_id or ""),
    }
    for name, _told in LIMITS:
        if (most := getattr(first.limit, name)) is not None:
            values |= {"limit": f"{Decimal(most).scaleb(-2)}", "limit_unit": name}
    return values


def _codes(ids: tuple[UUID, ...]) -> str:
    found = identity_selectors.organizations(ids) if ids else {}
    return ", ".join(found[each].uscc for each in ids if each in found)
