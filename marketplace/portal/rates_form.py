"""Rates as people type and read them: one price a line."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from common.period import Period
from marketplace.portal import figures, names
from marketplace.portal.forms import DayFormField, OnceForm
from pricing import plan_terms, rate_4, wording
from pricing import rules as pricing_rules
from pricing.contracts import METERED, Measure, RateCard, RateUnit
from pricing.plan_models import SoldAs

LENGTH_MAX: Final = 20_000
WORDS: Final = 4
A_MONTH: Final = datetime(2026, 11, 1, tzinfo=UTC)
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
            " standard_hour 0 3.18. Times of use, months and factors are said as terms: JSON that"
            " begins with a brace, in the form that the API serves as rate-plans/schema."
        ),
    )
    source = forms.CharField(
        label=gettext_lazy("Document that the prices rest on"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "If there is one, with its number and date. Buyers read it. A rule demands it, with its"
            " clause, of what is given to the community and where a price collar holds."
        ),
    )
    clause = forms.CharField(label=gettext_lazy("Its clause"), max_length=120, required=False)
    first_day = DayFormField(
        label=gettext_lazy("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: as early as it may."),
    )

    def clean_rates(self) -> dict[str, Any]:
        """Return the components that the lines make, or the terms; under either name."""
        text = self.cleaned_data["rates"]
        if text.lstrip().startswith("{"):
            return {"terms": read_terms(text)}
        components = read(text)
        try:
            pricing_rules.parse_components(components)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return {"components": components}


def read_terms(text: str) -> Any:
    """
    Return the terms that JSON says.

    :raises ValidationError: if it is no JSON, or with a sentence for each fault of the terms
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("These terms are no JSON: %(error)s") % {"error": error}) from error
    if found := list(islice(plan_terms.faults(data), 20)):
        raise ValidationError(found)
    return data


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
    if unit not in METERED:
        return _("the unit is one of %(units)s") % {"units": ", ".join(METERED)}
    if code in found and found[code]["unit"] != unit:
        return _("what one price is for has one unit")
    return ""


def written(components: Iterable[Mapping[str, Any]], terms: Any = None) -> str:
    """Return components as lines of prices; `read(written(x)) == x`. Terms are JSON."""
    if terms is not None:
        return json.dumps(terms, indent=2, ensure_ascii=False)
    return "\n".join(
        f"{part['code']} {part['unit']} {tier['from']} {tier['unit_price']}"
        for part in components
        for tier in part["tiers"]
    )


def told(components: Iterable[Mapping[str, Any]], terms: Any = None) -> Iterator[str]:
    """Yield each price in words: what it is for, from which quantity on, and what a unit costs."""
    if terms is not None:
        yield from wording.told(plan_terms.parse(terms))
        return
    for part in components:
        unit = RateUnit(part["unit"]).label
        for tier in part["tiers"]:
            price = f"{figures.unit_price(Decimal(str(tier['unit_price'])))} / {unit}"
            starts_from = Decimal(str(tier["from"]))
            if starts_from:
                price = f"≥ {figures.grouped(starts_from)}: {price}"
            yield f"{component(part['code'])} · {price}"


def component(code: str) -> str:
    """Return what a price is for, in words where it is one that every market has."""
    return str(names.COMPONENTS.get(code, code))


def examples(before: RateCard | None, after: RateCard) -> list[tuple[str, Decimal, str, str]]:
    """Return what a buyer pays for some quantities of each component, before and afterwards."""
    if after.terms is not None or (before is not None and before.terms is not None):
        sold = after.terms.sold if after.terms else ()
        return [
            (name, each, _month(before, each, kind), _month(after, each, kind))
            for kind, name in [(kind, _a_month(kind)) for kind in sold or (None,)]
            for each in EXAMPLES
        ]
    old = {part.code: part for part in before.components} if before else {}
    rows = []
    for part in after.components:
        for quantity in EXAMPLES:
            paid = "—"
            if before is not None and part.code in old and old[part.code].unit == part.unit:
                paid = _paid(before, old[part.code], quantity)
            rows.append((part.code, quantity, paid, _paid(after, part, quantity)))
    return rows


def _a_month(kind: SoldAs | None) -> str:
    return _("a month") if kind is None else _("a month, %(what)s") % {"what": wording.SOLD[kind]}


def _month(card: RateCard | None, quantity: Decimal, kind: SoldAs | None) -> str:
    """
    Return what so much of every unit costs, spread evenly over a month of thirty days.

    Of a plan with prices of several things it is a use of one of them.
    """
    facts = {} if kind is None else {rate_4.SOLD_AS: kind.value}
    if card is None or not rate_4.by_facts(card, facts).components:
        return "—"
    month = Period(A_MONTH, A_MONTH + timedelta(days=30))
    used = Measure(dict.fromkeys(METERED, quantity), spread=month)
    lines = pricing_rules.rate(card, pricing_rules.with_facts(used, facts))
    return figures.money(pricing_rules.total_minor(lines))


def _paid(card: RateCard, part: Any, quantity: Decimal) -> str:
    only = replace(card, components=(part,))
    lines = pricing_rules.rate(only, Measure({part.unit: quantity}))
    return figures.money(pricing_rules.total_minor(lines))
