"""The list of demands."""

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import Role
from marketplace.demands import selectors as demands_selectors
from marketplace.demands import services as demands_services
from marketplace.demands.contracts import DemandState
from marketplace.demands.selectors.filters import DemandFilter
from marketplace.portal import demand_words, names
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, Quick, Shows

OVERSEERS: Final = frozenset({Role.AUDITOR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class DemandLine:
    """A demand with what it asks for, read once."""

    demand: Any
    asked: Any

    @property
    def pk(self) -> Any:
        """Return the demand's identifier."""
        return self.demand.pk

    @property
    def title(self) -> str:
        """Return what is asked for first."""
        return demand_words.option(self.asked.options[0])


def demand_lines(demands: Any) -> list[DemandLine]:
    """Return demands with their terms."""
    return [DemandLine(each, demands_selectors.terms_of(each)) for each in demands]


def _cancel(request: PortalRequest, demand: Any) -> object:
    return demands_services.cancel_demand(
        demand_id=demand.pk, buyer_id=request.actor.organization_id, now=clock.now()
    )


DEMANDS: Final = ListTable(
    name="demands",
    title=_("Demands"),
    filters=DemandFilter,
    columns=(
        ListColumn(
            "number",
            _("Demand number"),
            value=lambda line: line.demand.number,
            below=lambda line: line.title,
            link=lambda line: reverse("portal:demand", args=[line.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "buyer",
            _("Buyer"),
            value=lambda line: names.named(line.demand.buyer),
            roles=OVERSEERS,
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "kind", _("How long it waits"), value=lambda line: line.demand.get_kind_display()
        ),
        ListColumn(
            "limit", _("Limit"), value=lambda line: demand_words.limit(line.asked.options[0])
        ),
        ListColumn(
            "options",
            _("Alternatives"),
            Shows.QUANTITY,
            value=lambda line: len(line.asked.options),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "posted",
            _("Posted"),
            Shows.TIME,
            value=lambda line: line.demand.posted_at,
            sort=("id",),
        ),
        ListColumn(
            "expires", _("Waits until"), Shows.TIME, value=lambda line: line.demand.expires_at
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: demand_words.tag(line.demand),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("open", _("Waiting"), {"state": (DemandState.WAITING,)}),
        Quick("filled", _("Filled"), {"state": (DemandState.FILLED,)}),
        Quick(
            "failed",
            _("Not carried out"),
            {"state": (DemandState.REFUSED, DemandState.EXPIRED, DemandState.CANCELLED)},
        ),
    ),
    acts=(
        ListAct(
            "cancel",
            _("Cancel demands"),
            _cancel,
            told=_("Each demand that waits is cancelled. It holds nothing and costs nothing."),
            icon="x",
            roles=frozenset({Role.BUYER}),
        ),
    ),
    shown_filters=("state", "kind", "resource_class", "posted_from", "posted_until"),
    row_label=lambda line: line.demand.number,
)
