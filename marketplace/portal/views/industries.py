"""The dated table of industries that codes and organisations name."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from common import clock, moments
from identity.identifiers import industries
from marketplace.portal import names
from marketplace.portal.forms import DayFormField


class IndustryFilter(forms.Form):
    """The day of the table, and what is looked for in it."""

    on = DayFormField(
        label=gettext_lazy("In force on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    text = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=60)


@require_safe
def industry_page(request: HttpRequest) -> HttpResponse:
    """Show the sections and divisions in force on a day, by default today."""
    form = IndustryFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    day: date = asked.get("on") or moments.market_date(clock.now())
    rows = _rows(day, str(asked.get("text", "")))
    context = {"form": form, "rows": rows, "day": day, "editions": industries.editions()}
    status = 422 if form.errors else 200
    return render(request, "portal/industries.html", context, status=status)


def _rows(day: date, text: str) -> list[tuple[industries.IndustryCode, str, bool]]:
    """Return each row with its name in the reader's language, and whether it is a section."""
    sought = text.strip().casefold()
    found: list[Any] = []
    for each in industries.in_force(day).values():
        said = f"{each.code} {each.name} {each.name_en}".casefold()
        if sought in said:
            found.append((each, names.named(each), len(each.code) == 1))
    return found
