"""The work of settlement that is due."""

from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from common.due import ROWS_MAX, Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from marketplace.orders import selectors as orders_selectors
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.models import (
    OPEN_INSTALMENTS,
    ChargingCursor,
    Contract,
    ContractInstalment,
    UnopenedOrder,
)
from marketplace.settlement.services.receipting import without_receipts
from metering import selectors as metering_selectors


def _unopened(now: datetime) -> Due:
    """Of the cleared orders that are longest in the market, those that wait for a contract."""
    cleared = orders_selectors.cleared_orders().values("pk")[:ROWS_MAX]
    has_contract = Exists(Contract.objects.filter(order_id=OuterRef("pk")))
    is_set_aside = Exists(UnopenedOrder.objects.filter(order_id=OuterRef("pk")))
    due = orders_selectors.cleared_orders().filter(~has_contract, ~is_set_aside, pk__in=cleared)
    found = due.filter(starts_at__lte=now, import_run__isnull=True)
    return count_rows(found.order_by(), "starts_at")


def _uncharged(now: datetime) -> Due:  # noqa: ARG001 - whatever was measured
    cursor = ChargingCursor.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    return count_rows(metering_selectors.usage_past(cursor), "created_at")


def _settling(now: datetime) -> Due:
    due = Contract.objects.filter(
        NOT_SET_ASIDE, state=ContractState.ACTIVE, settles_at__lte=now, is_behind=False
    )
    return count_rows(due.order_by("settles_at", "id"), "settles_at")


def _renewing(now: datetime) -> Due:
    due = ContractInstalment.objects.filter(state__in=OPEN_INSTALMENTS, next_at__lte=now)
    return count_rows(due.order_by("next_at", "id"), "next_at")


def _receipts(now: datetime) -> Due:  # noqa: ARG001 - whatever failed
    return count_rows(without_receipts().order_by("changed_at", "id"), "changed_at")


WORK: Final = (
    DueWork("empty_receipts", _("Receipts without lines to write"), _receipts),
    DueWork("instalments", _("Instalments to hold"), _renewing),
    DueWork(
        "contracts",
        _("Cleared orders to open contracts for"),
        _unopened,
    ),
    DueWork(
        "usage",
        _("Usage records to charge"),
        _uncharged,
    ),
    DueWork(
        "settlements",
        _("Contracts to settle"),
        _settling,
        # One of which a window waits for a decision is due and cannot be settled.
        late_after=None,
    ),
)
