"""The forms of call rounds: what an operator schedules, and what a buyer enters."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from common.errors import Refusal
from identity.contracts import ResourceClass
from identity.identifiers import regions
from marketplace.catalog.least import units
from marketplace.portal import figures, names
from marketplace.portal.forms import ExactField, MoneyField, OnceForm, TimeOfDayField, WholeField
from marketplace.portal.order_form import LOCAL
from marketplace.rounds.contracts import (
    SLOT,
    SOLVE_SECONDS,
    OrderTerms,
    RoundOption,
    RoundTerms,
    Schedule,
)

HOURS_MAX: Final = 31 * 24
PHASES: Final = ("opens_at", "first_at", "no_cancel_at", "second_at", "ends_at")
MINUTES: Final = (5, 25, 45, 55, 60)  # of a round, as it is proposed
# The inputs that the room's refusals are about.
ORDER_FIELDS: Final = {
    "limit_minor": "limit",
    "units_milli": "units",
    "least_milli": "least",
    "latest_start_at": "window",
    "options": "units",
}


def _moment(label: Any) -> TimeOfDayField:
    return TimeOfDayField(
        label=label,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL),
    )


def _whole(label: Any, least: int, most: int, **options: Any) -> WholeField:
    attributes = {"inputmode": "numeric", "autocomplete": "off"}
    return WholeField(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs=attributes),
        **options,
    )


def _exact(label: Any, **options: Any) -> ExactField:
    attributes = {"inputmode": "decimal", "autocomplete": "off"}
    return ExactField(
        label=label,
        decimal_places=3,
        min_value=Decimal("0.001"),
        widget=forms.TextInput(attrs=attributes),
        **options,
    )


def _text(label: Any, told: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=400,
        help_text=told,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _hubs() -> list[tuple[str, str]]:
    return [(hub.code, names.hub(hub.code)) for hub in regions.hubs()]


class _LocalForm(OnceForm):
    """A form whose times of day are those of the market's clock."""

    def _local(self, name: str) -> datetime | None:
        at = self.cleaned_data[name]
        try:
            return moments.local_moment(at.replace(tzinfo=None, microsecond=0))
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class RoundForm(_LocalForm):
    """A round that an operator schedules."""

    resource_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=ResourceClass.choices)
    chips = _text(
        gettext_lazy("Chips"), gettext_lazy("Any of these, with commas between. Empty: any chip.")
    )
    hubs = forms.MultipleChoiceField(
        label=gettext_lazy("Hubs"), choices=_hubs, widget=forms.CheckboxSelectMultiple
    )
    delivers_from = _moment(gettext_lazy("Delivers from"))
    delivers_hours = _whole(gettext_lazy("For so many hours"), 1, HOURS_MAX)
    opens_at = _moment(gettext_lazy("Opens"))
    first_at = _moment(gettext_lazy("First indicative price"))
    no_cancel_at = _moment(gettext_lazy("No cancel from"))
    second_at = _moment(gettext_lazy("Second indicative price"))
    ends_at = _moment(gettext_lazy("Ends"))
    solve_seconds = _whole(gettext_lazy("Seconds to decide, at most"), 2, 60)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        zone = moments.market_zone()
        begin = now.replace(second=0, microsecond=0)
        for name, minutes in zip(PHASES, MINUTES, strict=True):
            at = begin + timedelta(minutes=minutes)
            self.initial[name] = at.astimezone(zone).strftime(LOCAL)
        delivers = (begin + timedelta(hours=2)).replace(minute=0)
        defaults: dict[str, Any] = {
            "resource_class": ResourceClass.AI,
            "delivers_from": delivers.astimezone(zone).strftime(LOCAL),
            "delivers_hours": 48,
            "solve_seconds": SOLVE_SECONDS,
        }
        self.initial.update(defaults)
        told = _("Time of day in %(zone)s.") % {"zone": figures.zone_name(now)}
        self.fields["opens_at"].help_text = told

    def clean(self) -> dict[str, Any]:
        """Read the times of day on the market's clock."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in (*PHASES, "delivers_from"):
            if name in cleaned:
                try:
                    cleaned[name] = self._local(name)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def terms(self) -> RoundTerms:
        """Return the terms that were typed."""
        typed = self.cleaned_data
        return RoundTerms(
            resource_class=typed["resource_class"],
            hubs=tuple(typed["hubs"]),
            chips=split(typed["chips"]),
            schedule=Schedule(**{name: typed[name] for name in PHASES}),
            delivers_from=typed["delivers_from"],
            delivers_until=typed["delivers_from"] + typed["delivers_hours"] * SLOT,
            solve_seconds=typed["solve_seconds"],
        )


class CallOffForm(OnceForm):
    """Why a round is called off."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class RoundOrderForm(_LocalForm):
    """An order of a round."""

    units = _exact(gettext_lazy("How much"))
    hours = _whole(gettext_lazy("For so many hours"), 1, HOURS_MAX)
    starts_at = _moment(gettext_lazy("Starting at"))
    window = _whole(gettext_lazy("Or up to so many hours later"), 0, HOURS_MAX, required=False)
    limit = MoneyField(label=gettext_lazy("Limit, a standard hour"))
    least = _exact(
        gettext_lazy("May be split, with at least"),
        required=False,
        help_text=gettext_lazy("Empty: all or none."),
    )
    may_span = forms.BooleanField(
        label=gettext_lazy("All at once, but of several listings if need be"), required=False
    )
    chips = _text(
        gettext_lazy("Chips"), gettext_lazy("Any of these, with commas between. Empty: any chip.")
    )
    otherwise_start = _whole(
        gettext_lazy("Otherwise so many hours after that start"),
        1,
        HOURS_MAX,
        required=False,
        help_text=gettext_lazy("A second choice, if the first cannot be had."),
    )
    use_vouchers = forms.BooleanField(
        label=gettext_lazy("Let my vouchers pay their share"), required=False
    )
    use_groups = forms.BooleanField(
        label=gettext_lazy("Ask for the prices of the price groups that I am in"),
        help_text=gettext_lazy(
            "Then the round's document, which has no names, shows where this order pays less."
        ),
        required=False,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, row: Any, like: OrderTerms | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        defaults: dict[str, Any] = {
            "units": "8",
            "hours": 24,
            "starts_at": row.delivers_from.astimezone(moments.market_zone()).strftime(LOCAL),
            "use_vouchers": True,
            "use_groups": True,
        }
        if like is not None:
            defaults |= typed_as(like)
        self.like = like
        self.initial.update(defaults)

    def clean_starts_at(self) -> datetime | None:
        """Read the time of day on the market's clock."""
        return self._local("starts_at")

    def terms(self) -> OrderTerms:
        """Return the terms that were typed; what the form does not show stays as it was."""
        typed = self.cleaned_data
        first = self._option(typed["starts_at"])
        options = [first]
        if typed["otherwise_start"]:
            options.append(self._option(typed["starts_at"] + typed["otherwise_start"] * SLOT))
        if self.like is not None:
            options += self.like.options[2:]
        return OrderTerms(
            options=tuple(options),
            limit_minor=typed["limit"],
            use_vouchers=typed["use_vouchers"],
            use_groups=typed["use_groups"],
        )

    def at_its_field(self, refusal: Refusal) -> Refusal:
        """Point a refusal at the input of this form that it is about."""
        refusal.field = ORDER_FIELDS.get(refusal.field or "", refusal.field)
        return refusal

    def _option(self, starts_at: datetime) -> RoundOption:
        typed = self.cleaned_data
        window = typed["window"]
        return RoundOption(
            units_milli=int(typed["units"] * 1000),
            starts_at=starts_at,
            hours=typed["hours"],
            latest_start_at=starts_at + window * SLOT if window else None,
            least_milli=int(typed["least"] * 1000) if typed["least"] else None,
            may_span=typed["may_span"],
            hubs=self.like.options[0].hubs if self.like else (),
            chips=split(typed["chips"]),
        )


def typed_as(terms: OrderTerms) -> dict[str, Any]:
    """Return what somebody would type to ask for some terms."""
    first, zone = terms.options[0], moments.market_zone()
    latest = first.latest_start_at
    second = terms.options[1] if len(terms.options) > 1 else None
    return {
        "units": units(first.units_milli),
        "hours": first.hours,
        "starts_at": first.starts_at.astimezone(zone).strftime(LOCAL),
        "window": (latest - first.starts_at) // SLOT if latest else None,
        "limit": f"{Decimal(terms.limit_minor).scaleb(-2)}",
        "least": units(first.least_milli) if first.least_milli else None,
        "may_span": first.may_span,
        "chips": ", ".join(first.chips),
        "otherwise_start": (second.starts_at - first.starts_at) // SLOT if second else None,
        "use_vouchers": terms.use_vouchers,
        "use_groups": terms.use_groups,
    }


def split(text: str) -> tuple[str, ...]:
    """Return what stands between commas."""
    parts = text.replace("，", ",").split(",")
    return tuple(dict.fromkeys(each.strip() for each in parts if each.strip()))
