"""Conversion tables: what an hour of a class is worth, line by line with its source. Public."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from common.canonical import decimal_text
from common.tabular.columns import Column, ColumnType
from common.tabular.writing import csv_text
from identity.contracts import Role
from marketplace.portal import desk, figures, names, rule_words
from metering import selectors as metering_selectors
from metering import standards
from metering.selectors import TableText

FIGURE_MAX: Final = Decimal(10) ** 12
COLUMNS: Final = (
    Column("name"),
    Column("also"),
    Column("figures"),
    Column("unit"),
    Column("factor", ColumnType.QUANTITY),
    Column("source"),
)


@require_safe
def conversion_table(request: HttpRequest, name: str, version: int) -> HttpResponse:
    """Show one version: its rows, what differs from the one before, and a factor computed again."""
    text = metering_selectors.table_text(name=name, version=version)
    searched = desk.asked(request)  # type: ignore[arg-type] # nobody needs to be somebody here
    rows = [row for row in text.definition.get("rows", ()) if _matches(row, searched)]
    context = {
        "text": text,
        "reference": text.definition["reference"],
        "unit": text.definition["line"]["unit"],
        "rows": [_row(row, text) for row in rows],
        "row_count": len(text.definition.get("rows", ())),
        "searched": searched,
        "is_announced": text.valid_from > clock.now(),
        "changes": _changes(text),
        "computed": _computed(text, str(request.GET.get("figure", "")).strip()),
        "typed": str(request.GET.get("figure", ""))[:24],
        "class_name": rule_words.hour_class_name(name),
        "may_draft": may_draft(request),
    }
    return render(request, "portal/conversion_table.html", context)


@require_safe
def file(request: HttpRequest, name: str, version: int) -> HttpResponse:  # noqa: ARG001
    """Answer with a version's rows as CSV."""
    text = metering_selectors.table_text(name=name, version=version)
    unit = text.definition["line"]["unit"]
    rows = [
        [
            row["name"],
            ", ".join(row.get("also", ())),
            " / ".join(row["figures"]),
            unit,
            row["factor"] or "",
            row["source"],
        ]
        for row in text.definition.get("rows", ())
    ]
    answer = HttpResponse(csv_text(COLUMNS, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-v{version}.csv"'
    return answer


def may_draft(request: HttpRequest) -> bool:
    """Return whether who reads may propose the next version."""
    actor = getattr(request, "actor", None)
    return actor is not None and actor.has_role(Role.OPERATOR)


def _matches(row: Mapping[str, Any], searched: str) -> bool:
    told = " ".join([row["name"], *row.get("also", ()), row["source"]]).casefold()
    return all(word in told for word in searched.casefold().split())


def _row(row: Mapping[str, Any], text: TableText) -> dict[str, Any]:
    """Return a row with the arithmetic that anybody can do again."""
    reference, shown = text.definition["reference"]["value"], " / ".join(row["figures"])
    return {
        "name": row["name"],
        "also": ", ".join(row.get("also", ())),
        "figures": shown,
        "factor": row["factor"],
        "sum": "" if row["factor"] is None else f"{shown} ÷ {reference} = {row['factor']}",
        "source": names.spoken(row["source"]),
    }


def _changes(text: TableText) -> list[rule_words.Compared]:
    if text.before is None:
        return []
    return rule_words.told_apart(rule_words.of_table, text.before, text.definition)


def _computed(text: TableText, typed: str) -> str:
    """Return the factor of a typed figure as a sum, or why there is none."""
    if not typed:
        return ""
    try:
        figure = Decimal(typed)
        is_figure = figure.is_finite() and 0 < figure < FIGURE_MAX
    except InvalidOperation:
        is_figure = False
    if not is_figure:
        return _("Write a figure above zero in plain digits.")
    reference = Decimal(text.definition["reference"]["value"])
    factor = standards.factor_of(figure, reference)
    return f"{decimal_text(figure)} ÷ {decimal_text(reference)} = {factor:f}"


def listed(texts: list[TableText]) -> list[dict[str, Any]]:
    """Return tables for the list of rules."""
    now = clock.now()
    return [
        {
            "text": each,
            "class_name": rule_words.hour_class_name(each.name),
            "rows": figures.grouped(Decimal(len(each.definition.get("rows", ())))),
            "is_announced": each.valid_from > now,
            "is_current": each.valid_from <= now and (each.ends_at is None or each.ends_at > now),
        }
        for each in texts
    ]
