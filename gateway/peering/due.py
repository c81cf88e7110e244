"""Peering's work that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from gateway.peering import selectors


def _pushes(now: datetime) -> Due:
    return count_rows(selectors.waiting().filter(due_at__lte=now), "due_at")


def _statuses(now: datetime) -> Due:
    return count_rows(selectors.due_statuses().filter(due_at__lte=now), "due_at")


def _moves(now: datetime) -> Due:
    return count_rows(selectors.waiting_moves().filter(due_at__lte=now), "due_at")


WORK: Final = (
    DueWork("pushes", _("Statements that wait for a peer above"), _pushes),
    DueWork("moves", _("Codes that wait to move to another node"), _moves),
    DueWork("statuses", _("Statuses that wait for a signature"), _statuses),
)
