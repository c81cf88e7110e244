"""The list of batch jobs."""

import shlex
from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import Role
from marketplace.drivers.filters import BatchJobFilter, JobOutcome
from marketplace.orders.contracts import OrderState
from marketplace.portal import driver_words, names, tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

WORDS_SHOWN: Final = 80


def _command(row: Any) -> str:
    words = shlex.join(row.command)
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}…"


def seen_jobs(rows: Sequence[Any]) -> list[Any]:
    """Return jobs with the moment at which they are looked at."""
    now = clock.now()
    for row in rows:
        row.seen_at = now
    return list(rows)


def _result(row: Any) -> Tag:
    if row.exited_at is None:
        return Tag("–")
    cell = driver_words.result(row.exit_code)
    return Tag(cell.text, cell.tone or "neutral", cell.symbol)


JOBS: Final = ListTable(
    name="jobs",
    title=_("Jobs"),
    filters=BatchJobFilter,
    columns=(
        ListColumn(
            "order_number",
            _("Order number"),
            value=lambda row: row.order.number,
            below=_command,
            link=lambda row: reverse("portal:order", args=[row.order_id]),
            sort=("order_id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "buyer",
            _("Buyer"),
            Shows.PARTY,
            value=lambda row: names.named(row.order.buyer),
            roles=frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR}),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda row: row.order.provider and names.named(row.order.provider),
            roles=frozenset({Role.BUYER, Role.AUDITOR, Role.OPERATOR}),
        ),
        ListColumn("image", _("Image"), phone=Phone.HIDDEN, is_on=False),
        ListColumn("starts_at", _("Start"), Shows.TIME, value=lambda row: row.order.starts_at),
        ListColumn("result", _("Result"), Shows.TAG, value=_result),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: tags.of_order(row.order, at=row.seen_at),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("placed", _("Placed"), {"state": (OrderState.PLACED,)}),
        Quick("cleared", _("Cleared"), {"state": (OrderState.CLEARED,)}),
        Quick("good", _("Ended with 0"), {"outcome": (JobOutcome.GOOD,)}),
        Quick("bad", _("Ended with another code"), {"outcome": (JobOutcome.BAD,)}),
    ),
    shown_filters=("state", "outcome"),
    tie="order_id",
)
