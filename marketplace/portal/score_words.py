"""Scores in words: 0 to 100, and what they were made from. What has no record yet says so."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.assurance import score_selectors
from marketplace.assurance.score_contracts import ScorePartName
from marketplace.portal import desk, figures, level_words


def score_text(value: int | None) -> str:
    """Write a score of 1,000 as one of 100; what there is no record of yet says so."""
    if value is None:
        return _("no record yet")
    return figures.grouped(Decimal(value).scaleb(-1), 1)


def listing_score(resource_id: UUID) -> dict[str, Any]:
    """Return the scores of what is listed, as its page shows them."""
    found = score_selectors.latest_score(resource_id)
    return {
        "is_known": found is not None,
        "credibility": score_text(found.credibility if found else None),
        "stability": score_text(found.stability if found else None),
        "availability": level_words.percent(found.availability_ppm) if found else "–",
        "address": reverse("portal:resource-score", args=[resource_id]),
    }


def parts_sheet(title: Any, parts: list[Mapping[str, Any]]) -> desk.Sheet:
    """Return the parts of a score with their weights."""
    columns = [
        desk.Column(_("Part")),
        desk.Column(_("Weight"), desk.NUMBER),
        desk.Column(_("Of 100"), desk.NUMBER),
    ]
    rows = [
        [
            desk.Cell(ScorePartName(each["name"]).label),
            desk.Cell(f"{each['weight']}%"),
            desk.Cell(
                _("not known, left out") if each["value"] is None else score_text(each["value"])
            ),
        ]
        for each in parts
    ]
    return desk.Sheet(title, columns, rows, desk.Empty(_("no record yet"), "", "gauge"))


def input_pairs(inputs: Mapping[str, Any]) -> list[tuple[Any, desk.Cell]]:
    """Return all that scores were made from, line by line."""
    told = Decimal(inputs["told_us"]) * 100 / inputs["total_us"]
    available = inputs["availability_ppm"]
    age = inputs["certificate_age_days"]
    return [
        (_("Told of"), desk.Cell(f"{figures.grouped(told, 2)}%")),
        (_("Availability"), desk.Cell(level_words.percent(available))),
        (_("Level of the certificate"), desk.Cell(str(inputs["certificate_level"]))),
        (_("Age of the certificate, days"), desk.Cell("–" if age is None else str(age))),
        (_("Windows measured"), desk.Cell(figures.grouped(inputs["records"]))),
        (_("Of them, corrected"), desk.Cell(figures.grouped(inputs["revised"]))),
        (_("Contracts"), desk.Cell(figures.grouped(inputs["contracts"]))),
        (_("Disputes"), desk.Cell(figures.grouped(inputs["disputes"]))),
        (_("Deliveries due"), desk.Cell(figures.grouped(inputs["deliveries"]))),
        (_("Of them, never ready"), desk.Cell(figures.grouped(inputs["failed_starts"]))),
        (_("Months with a service level"), desk.Cell(figures.grouped(inputs["months"]))),
        (_("Of them, missed"), desk.Cell(figures.grouped(inputs["missed_months"]))),
    ]
