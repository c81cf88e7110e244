"""The list of sums: a row for each period, group and unit, and what it is narrowed by."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.contracts import ResourceClass
from identity.identifiers import regions
from marketplace.portal import energy_words, names, unit_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows

CHIP_LENGTH_MAX: Final = 80


class StatisticsForm(forms.Form):
    """What figures may be narrowed to; what is empty narrows nothing."""

    resource_class = forms.ChoiceField(
        label=_("Class"), choices=ResourceClass.choices, required=False
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    unit = forms.ChoiceField(label=_("Counted in"), required=False)
    chip = forms.CharField(label=_("Chip"), max_length=CHIP_LENGTH_MAX, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._choose("region", [(each, names.region(each)) for each in _provinces()])
        units = [(each, unit_words.word(each)) for each in unit_words.UNITS if each not in _TWINS]
        self._choose("unit", units)

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, str]:
        """Return what narrows, by the names of a question; what cannot be read narrows nothing."""
        if not self.is_valid():
            return {}
        return {name: said for name, said in self.cleaned_data.items() if said}


_TWINS: Final = frozenset({"kWh", "Wh", "MWh"})  # shown in the same unit as another


def _provinces() -> list[str]:
    return [code for code in regions.regions() if code.endswith("0000")]


class StatisticsFilter:
    """The filters of the list: the rows come from an answer that was asked for with them."""

    def __init__(
        self, data: Mapping[str, Any], queryset: Sequence[Any], prefix: str | None = None
    ) -> None:
        self.form = StatisticsForm(data, prefix=prefix)
        self.qs = queryset


def _sum(name: str, times: int = 1) -> Any:
    """Return a figure of a cell to two digits; nothing where it is withheld, or not known."""

    def value(row: Any) -> Decimal | None:
        found: Decimal | None = getattr(row.cell, name)
        return None if found is None else energy_words.rounded(found * times, 2)

    return value


def _used(row: Any) -> Decimal | None:
    cell = row.cell
    if cell.quantity is None:
        return None
    return energy_words.rounded(unit_words.amount(cell.quantity, cell.unit), 2)


STATISTICS: Final = ListTable(
    name="statistics",
    title=_("Usage in sums"),
    size=20,
    filters=StatisticsFilter,
    columns=(
        ListColumn(
            "period", _("Period"), value=lambda row: row.period, phone=Phone.KEY, is_fixed=True
        ),
        ListColumn("group", _("Group"), value=lambda row: row.name, phone=Phone.STRIP),
        ListColumn(
            "quantity",
            _("Measured use"),
            Shows.QUANTITY,
            value=_used,
            template="portal/list/measured_use.html",
            is_strong=True,
        ),
        ListColumn(
            "unit",
            _("Counted in"),
            value=lambda row: unit_words.word(row.cell.unit),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "standard_hours", _("Standard hours"), Shows.QUANTITY, value=_sum("standard_hours")
        ),
        ListColumn(
            "utilisation", _("Utilisation, %"), Shows.QUANTITY, value=_sum("utilisation", 100)
        ),
        ListColumn("it_kwh", _("IT electricity, kWh"), Shows.QUANTITY, value=_sum("it_kwh")),
        ListColumn(
            "providers",
            _("Providers"),
            Shows.TEXT,
            value=lambda row: "" if row.cell.providers is None else str(row.cell.providers),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
    ),
)
