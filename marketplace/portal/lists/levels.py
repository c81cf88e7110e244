"""The list of service levels, month by month."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.level_selectors import LevelEvaluationFilter
from marketplace.portal import level_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows


def _month(row: Any) -> str:
    return f"{row.month.month:%Y-%m}"


LEVEL_EVALUATIONS: Final = ListTable(
    name="level-evaluations",
    title=_("Service levels"),
    filters=LevelEvaluationFilter,
    columns=(
        ListColumn(
            "contract_number",
            _("Contract"),
            sort=("id",),
            below=_month,
            link=lambda row: reverse("portal:level-evaluation", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("listing", _("Listing"), value=lambda row: row.listing.number),
        ListColumn(
            "provider",
            _("Provider"),
            value=lambda row: names.named(row.provider),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "buyer", _("Buyer"), value=lambda row: names.named(row.buyer), phone=Phone.HIDDEN
        ),
        ListColumn(
            "availability",
            _("Availability"),
            value=lambda row: level_words.percent(row.availability_ppm),
        ),
        ListColumn("credited_minor", _("Given back"), Shows.MONEY, is_strong=True),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=level_words.level_tag,
            below=lambda row: level_words.missed_words(row.missed),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("missed", _("Missed"), {"is_missed": ("true",)}),
        Quick("kept", _("Kept"), {"is_missed": ("false",)}),
    ),
    shown_filters=("is_missed", "contract"),
    tie="id",
)
