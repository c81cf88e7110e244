"""The list of pools that providers ask for."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.contracts import PoolRequestState
from identity.filters import PoolRequestFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

TONES: Final = {
    PoolRequestState.WAITING: ("brand", ""),
    PoolRequestState.ALLOTTED: ("ok", "check"),
    PoolRequestState.DECLINED: ("bad", ""),
    PoolRequestState.WITHDRAWN: ("neutral", ""),
}


def state_of_pool_request(row: Any) -> Tag:
    """Return what became of a request."""
    state = PoolRequestState(row.state)
    return Tag(state.label, *TONES[state])


POOL_REQUESTS: Final = ListTable(
    name="pool-requests",
    title=_("Pools asked for"),
    filters=PoolRequestFilter,
    quick=(Quick("waiting", _("Waiting for an answer"), {"state": (PoolRequestState.WAITING,)}),),
    columns=(
        ListColumn(
            "name",
            _("Name of the pool"),
            below=lambda row: row.pool.prefix if row.pool else "",
            link=lambda row: reverse("portal:pool-request", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "organization",
            _("Asked by"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.STRIP,
        ),
        ListColumn("resources_max", _("Codes at most"), Shows.QUANTITY, phone=Phone.FACT),
        ListColumn("asked_at", _("Asked"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("answered_at", _("Answered"), Shows.TIME, phone=Phone.FACT),
        ListColumn(
            "state", _("State"), Shows.STATE, value=state_of_pool_request, phone=Phone.STATE
        ),
    ),
)
