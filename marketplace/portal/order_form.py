"""The order form: what a buyer types, read into units and a period."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from common.errors import Refusal
from common.period import Period
from identity.contracts import CapacityUnit
from identity.projects.rows import ProjectRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.least import Least, units
from marketplace.catalog.rows import ListingRow
from marketplace.catalog.tokens import throughput_milli
from marketplace.orders.contracts import UNITS_MILLI_MAX
from marketplace.orders.rules import whole_seconds
from marketplace.portal import figures
from marketplace.portal.forms import ExactField, OnceForm, TimeOfDayField, WholeField
from marketplace.portal.order_beside import BesideFields
from pricing.contracts import TOKEN_KINDS
from pricing.plan_models import SoldAs

LENGTHS: Final = figures.LENGTHS
NOTHING_BESIDE: Final[Mapping[SoldAs, ListingRow]] = {}
LENGTH_NAMES: Final = (
    ("second", gettext_lazy("seconds")),
    ("minute", gettext_lazy("minutes")),
    ("hour", gettext_lazy("hours")),
    ("day", gettext_lazy("days")),
)
DAYS_MAX: Final = 366
# What the form proposes, where the listing has it and allows it.
USUAL_MILLI: Final = 8000
USUAL_SECONDS: Final = 3600
LEAD: Final = timedelta(minutes=3)
MILLION: Final = 10**6
TOKEN_FIELDS: Final = {"tokens_in": "in", "tokens_out": "out", "tokens_cached": "cached"}
LOCAL: Final = "%Y-%m-%dT%H:%M:%S"
# The inputs that the rooms' refusals are about.
FIELDS: Final = {"units_milli": "units", "ends_at": "length", "quote_id": None, "listing_id": None}


def _millions(label: Any) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class OrderForm(BesideFields, OnceForm):
    """How much, from when, for how long, and who pays."""

    units = ExactField(
        label=gettext_lazy("How much"),
        min_value=Decimal("0.001"),
        max_value=UNITS_MILLI_MAX // 1000,
        max_digits=12,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    starts_at = TimeOfDayField(
        label=gettext_lazy("Starting at"),
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL),
    )
    length = WholeField(
        label=gettext_lazy("For"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    length_unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=LENGTH_NAMES)
    tokens = ExactField(
        label=gettext_lazy("Or so many tokens in all, in millions"),
        min_value=Decimal("0.000001"),
        max_digits=18,
        decimal_places=6,
        required=False,
        help_text=gettext_lazy("Instead: the throughput that answers them in that time."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    tokens_in = _millions(gettext_lazy("Or tokens read, in millions"))
    tokens_out = _millions(gettext_lazy("Tokens generated, in millions"))
    tokens_cached = _millions(gettext_lazy("Tokens read from a cache, in millions"))
    use_vouchers = forms.BooleanField(
        label=gettext_lazy("Let my vouchers pay their share"), required=False
    )
    project_id = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    quote_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    repeat = forms.CharField(
        label=gettext_lazy("Say it again"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        listing: ListingRow,
        now: datetime,
        again: Any = None,
        extends: bool = False,
        projects: Iterable[ProjectRow] = (),
        beside: Mapping[SoldAs, ListingRow] = NOTHING_BESIDE,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.keep_beside(beside)
        self.fields["project_id"].choices = project_choices(projects)  # type: ignore[attr-defined]
        self.listing = listing
        self.now = now
        self._keep_token_fields()
        self.fields["starts_at"].help_text = _("Time of day in %(zone)s.") % {
            "zone": figures.zone_name(now)
        }
        least = listing.least
        self.fields["units"].help_text = worded_quantity(least)
        self.fields["length"].help_text = worded_duration(least)
        seconds = least.first_seconds(USUAL_SECONDS)
        length, length_unit = figures.in_whole_units(seconds)
        defaults: dict[str, Any] = {
            "units": units(usual_milli(listing, seconds)),
            "starts_at": (now + LEAD).astimezone(moments.market_zone()).strftime(LOCAL),
            "length": length,
            "length_unit": length_unit,
            "use_vouchers": listing.accepts_vouchers,
        }
        self.initial.update(defaults | (like(again, now, extends=extends) if again else {}))

    def clean_starts_at(self) -> datetime:
        """Read the time of day on the clock of the market, whatever clock Django displays."""
        typed: datetime = self.cleaned_data["starts_at"]
        try:
            local = moments.local_moment(typed.replace(tzinfo=None, microsecond=0))
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        if local < self.now.replace(microsecond=0):
            raise ValidationError(_("This time has passed."), code="past")
        if local > self.now + timedelta(days=DAYS_MAX):
            raise ValidationError(
                _("An order starts within %(days)s days.") % {"days": DAYS_MAX}, code="late"
            )
        return local

    def clean(self) -> dict[str, Any]:
        """Check that the period stays within a year."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seconds = cleaned.get("length", 0) * LENGTHS.get(cleaned.get("length_unit", ""), 0)
        if seconds > DAYS_MAX * 86_400:
            self.add_error(
                "length", _("An order lasts at most %(days)s days.") % {"days": DAYS_MAX}
            )
        if (wanted := self._wanted_tokens(cleaned)) and seconds:
            self._take_throughput(cleaned, wanted, seconds)
        return cleaned

    def _keep_token_fields(self) -> None:
        """Ask for tokens where an API is ordered, and by kind where kinds have prices."""
        is_api = self.listing.capacity_unit == CapacityUnit.TPS
        is_by_kind = is_api and self.listing.headline_unit in TOKEN_KINDS
        weights = catalog_selectors.weights_of(self.listing.rule_version_id) if is_by_kind else {}
        for name in ("tokens", *TOKEN_FIELDS):
            kind = TOKEN_FIELDS.get(name, "")
            if not (is_api if name == "tokens" else kind in weights):
                del self.fields[name]

    @property
    def token_fields(self) -> list[forms.BoundField]:
        """Return the fields in which tokens are said instead of a throughput."""
        return [self[name] for name in ("tokens", *TOKEN_FIELDS) if name in self.fields]

    def _wanted_tokens(self, cleaned: Mapping[str, Any]) -> dict[str, Fraction]:
        """Return the tokens that were typed, by kind, or of any."""
        by_kind = {
            kind: Fraction(cleaned[name]) * MILLION
            for name, kind in TOKEN_FIELDS.items()
            if cleaned.get(name)
        }
        if by_kind and cleaned.get("tokens"):
            self.add_error("tokens", _("Say tokens by kind or in all, not both."))
            return {}
        if cleaned.get("tokens"):
            return {catalog_selectors.ANY_KIND: Fraction(cleaned["tokens"]) * MILLION}
        return by_kind

    def _take_throughput(
        self, cleaned: dict[str, Any], wanted: Mapping[str, Fraction], seconds: int
    ) -> None:
        weights = {"in": Fraction(1), catalog_selectors.ANY_KIND: Fraction(1)}
        if self.listing.headline_unit in TOKEN_KINDS:
            known = catalog_selectors.weights_of(self.listing.rule_version_id)
            weights |= {kind: Fraction(weight) for kind, weight in known.items()}
            weights[catalog_selectors.ANY_KIND] = max(weights.values())
        counted = sum((n * weights[kind] for kind, n in wanted.items()), Fraction(0))
        cleaned["units"] = Decimal(throughput_milli(counted, seconds)).scaleb(-3)
        if cleaned["units"] * 1000 > UNITS_MILLI_MAX:
            told = _("That takes more than %(most)s tokens a second.")
            field = "tokens" if catalog_selectors.ANY_KIND in wanted else "tokens_in"
            self.add_error(field, told % {"most": figures.grouped(UNITS_MILLI_MAX // 1000)})

    @property
    def token_mix(self) -> dict[str, int]:
        """Return in what shares kinds of tokens are wanted; empty where none was said."""
        wanted = self._wanted_tokens(self.cleaned_data)
        return {kind: int(n) for kind, n in wanted.items() if kind != catalog_selectors.ANY_KIND}

    @property
    def units_milli(self) -> int:
        """Return the capacity in thousandths of its unit."""
        return int(self.cleaned_data["units"] * 1000)

    @property
    def period(self) -> Period:
        """Return when the capacity is wanted."""
        starts_at: datetime = self.cleaned_data["starts_at"]
        seconds = self.cleaned_data["length"] * LENGTHS[self.cleaned_data["length_unit"]]
        return Period(starts_at, starts_at + timedelta(seconds=seconds))

    @property
    def ordered_for(self) -> UUID | None:
        """Return what the order is for, if anything."""
        chosen = self.cleaned_data["project_id"]
        return UUID(chosen) if chosen else None

    @property
    def is_confirmed(self) -> bool:
        """Return whether the buyer saw a quote and wants to order at it."""
        return self.data.get("action") == "order" and bool(self.cleaned_data.get("quote_id"))

    def at_its_field(self, refusal: Refusal) -> Refusal:
        """Point a refusal at the input of this form that it is about."""
        refusal.field = FIELDS.get(refusal.field or "", refusal.field)
        if refusal.field == "units":  # Who typed tokens reads it there.
            typed = [name for name in ("tokens", *TOKEN_FIELDS) if self.cleaned_data.get(name)]
            refusal.field = typed[0] if typed else "units"
        return refusal


def like(order: Any, now: datetime, *, extends: bool = False) -> dict[str, Any]:
    """Return what the form proposes to who orders again what an order asked for, or after it."""
    length, length_unit = figures.in_whole_units(whole_seconds(order.starts_at, order.ends_at))
    starts_at = max(order.ends_at if extends else order.starts_at, now + LEAD)
    return {
        "units": units(order.units_milli),
        "starts_at": starts_at.astimezone(moments.market_zone()).strftime(LOCAL),
        "length": length,
        "length_unit": length_unit,
        "use_vouchers": order.pays_with_vouchers,
        "project_id": str(order.project_id or ""),
    }


def prefilled(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address proposes beside an earlier order; what cannot be read is left out."""
    wanted: dict[str, Any] = {}
    with suppress(ArithmeticError, ValueError, KeyError):
        milli = Decimal(query["units"]) * 1000
        if 1 <= milli <= UNITS_MILLI_MAX and milli == int(milli):
            wanted["units"] = units(int(milli))
    with suppress(ValueError, KeyError):
        seconds = int(query["seconds"])
        if 1 <= seconds <= DAYS_MAX * 86_400:
            wanted["length"], wanted["length_unit"] = figures.in_whole_units(seconds)
    with suppress(ValueError, KeyError):
        wanted["project_id"] = str(UUID(query["project_id"]))
    with suppress(ValueError, KeyError):
        wanted["starts_at"] = datetime.strptime(query["starts_at"], LOCAL).strftime(LOCAL)  # noqa: DTZ007 - a time of day on the market's clock
    return wanted


def project_choices(projects: Iterable[ProjectRow]) -> list[tuple[str, Any]]:
    """Return what somebody may order for, beginning with nothing in particular."""
    named = [(str(each.pk), f"{each.code} · {each.name}") for each in projects]
    return [("", gettext_lazy("No project")), *named]


def usual_milli(listing: ListingRow, seconds: int) -> int:
    """Return how much the form proposes: what is usual, and no less than the listing asks for."""
    least = listing.least
    wanted = min(USUAL_MILLI, listing.total_milli // 1000 * 1000)
    if least.least_minor > 1 and listing.price_per_unit_hour:
        minor_an_hour = listing.price_per_unit_hour * seconds / 3600 / 10  # for a thousandth
        wanted = max(wanted, ceil(least.least_minor / minor_an_hour / 1000) * 1000)
    proposed = least.first_milli(wanted)
    return proposed if proposed <= listing.total_milli else least.first_milli()


def worded_quantity(least: Least) -> str:
    """Say how much may be ordered; nothing where any quantity may."""
    return _told(least.first_milli(), least.step_milli, units)


def worded_duration(least: Least) -> str:
    """Say for how long may be ordered; nothing where any time may."""
    return _told(least.first_seconds(), least.step_seconds, figures.duration)


def _told(first: int, step: int, written: Callable[[int], str]) -> str:
    if step > 1:
        told = _("At least %(least)s, in steps of %(step)s.")
        return told % {"least": written(first), "step": written(step)}
    return _("At least %(least)s.") % {"least": written(first)} if first > 1 else ""
