"""Lists of prices: a provider's rate plans."""

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows
from pricing.contracts import RateCard, RateUnit
from pricing.filters import PlanFilter


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A rate plan with what it says now."""

    plan: Any
    card: RateCard | None

    @property
    def pk(self) -> Any:
        """Return the plan's identifier."""
        return self.plan.pk

    @property
    def price(self) -> str:
        """Return the first price."""
        if self.card is None:
            return ""
        return figures.unit_price(self.card.components[0].tiers[0].unit_price)

    @property
    def unit(self) -> str:
        """Return what the first price is for."""
        return f"/ {RateUnit(self.card.components[0].unit).label}" if self.card else ""

    @property
    def version(self) -> str:
        """Return which version is in force."""
        return f"v{self.card.version}" if self.card else _now("nothing yet")


PLANS: Final = ListTable(
    name="rate-plans",
    title=_("Rate plans"),
    filters=PlanFilter,
    shown_filters=(),
    columns=(
        ListColumn(
            "name",
            _("Rate plan"),
            value=lambda line: names.named(line.plan),
            link=lambda line: reverse("portal:plan", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("code", _("Code"), Shows.IDENTIFIER, value=lambda line: line.plan.code),
        ListColumn("version", _("In force"), phone=Phone.STATE),
        ListColumn("price", _("Price"), below=lambda line: line.unit),
        ListColumn(
            "created_at",
            _("Opened"),
            Shows.TIME,
            value=lambda line: line.plan.created_at,
            sort=("id",),
        ),
    ),
)
