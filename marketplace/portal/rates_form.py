"""Rates as people type and read them: one price a line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from marketplace.portal import figures, names
from marketplace.portal.forms import DayFormField, OnceForm
from pricing import rules as pricing_rules
from pricing.contracts import Measure, RateCard, RateUnit

LENGTH_MAX: Final = 20_000
WORDS: Final = 4
EXAMPLES: Final = (Decimal(1), Decimal(100), Decimal(10_000))


class RatesForm(OnceForm):
    """What a plan shall say, and from which day on."""

    rates = forms.CharField(
        label=gettext_lazy("Prices"),
        max_length=LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "cm-mono"}),
        help_text=gettext_lazy(
            "One price a line: what it is for, its unit (standard_hour, unit_hour, ktoken, gb_month"
            " or gb_moved), from which quantity on, and the price in yuan. For example: usage"
            " standard_hour 0 3.18"
        ),
    )
    first_day = DayFormField(
        label=gettext_lazy("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: as early as it may."),
    )

    def clean_rates(self) -> list[dict[str, Any]]:
        """Return the components that the lines make."""
        components = read(self.cleaned_data["rates"])
        try:
            pricing_rules.parse_components(components)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return components


def read(text: str) -> list[dict[str, Any]]:
    """
    Return the components that lines of prices make; lines of one code belong together.

    :raises ValidationError: naming the lines that cannot be read
    """
    found: dict[str, dict[str, Any]] = {}
    wrong = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        problem = _problem(words, found)
        if problem:
            wrong.append(_("Line %(line)s: %(problem)s") % {"line": number, "problem": problem})
            continue
        code, unit, starts_from, price = words
        part = found.setdefault(code, {"code": code, "unit": unit, "tiers": []})
        part["tiers"].append({"from": starts_from, "unit_price": price})
    if wrong:
        raise ValidationError(wrong[:20])
    return list(found.values())


def _problem(words: Sequence[str], found: Mapping[str, dict[str, Any]]) -> str:
    if len(words) != WORDS:
        return _("four words are needed")
    code, unit, *_numbers = words
    if unit not in RateUnit.values:
        return _("the unit is one of %(units)s") % {"units": ", ".join(RateUnit.values)}
    if code in found and found[code]["unit"] != unit:
        return _("what one price is for has one unit")
    return ""


def written(components: Iterable[Mapping[str, Any]]) -> str:
    """Return components as lines of prices; `read(written(x)) == x`."""
    return "\n".join(
        f"{part['code']} {part['unit']} {tier['from']} {tier['unit_price']}"
        for part in components
        for tier in part["tiers"]
    )


def told(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each price in words: what it is for, from which quantity on, and what a unit costs."""
    for part in components:
        unit = RateUnit(part["unit"]).label
        for tier in part["tiers"]:
            price = f"¥{figures.grouped(Decimal(str(tier['unit_price'])))} / {unit}"
            starts_from = Decimal(str(tier["from"]))
            if starts_from:
                price = f"≥ {figures.grouped(starts_from)}: {price}"
            yield f"{component(part['code'])} · {price}"


def component(code: str) -> str:
    """Return what a price is for, in words where it is one that every market has."""
    return str(names.COMPONENTS.get(code, code))


def examples(before: RateCard | None, after: RateCard) -> list[tuple[str, Decimal, str, str]]:
    """Return what a buyer pays for some quantities of each component, before and afterwards."""
    old = {part.code: part for part in before.components} if before else {}
    rows = []
    for part in after.components:
        for quantity in EXAMPLES:
            paid = "—"
            if before is not None and part.code in old and old[part.code].unit == part.unit:
                paid = _paid(before, old[part.code], quantity)
            rows.append((part.code, quantity, paid, _paid(after, part, quantity)))
    return rows


def _paid(card: RateCard, part: Any, quantity: Decimal) -> str:
    only = replace(card, components=(part,))
    lines = pricing_rules.rate(only, Measure({part.unit: quantity}))
    return figures.money(pricing_rules.total_minor(lines))
