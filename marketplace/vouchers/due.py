"""The work of vouchers that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from marketplace.vouchers import selectors
from marketplace.vouchers.models import Voucher


def _over(now: datetime) -> Due:
    due = Voucher.objects.filter(NOT_SET_ASIDE, sweep_at__lte=now)
    return count_rows(due.order_by("sweep_at"), "sweep_at")


def _publicity(now: datetime) -> Due:
    return count_rows(selectors.publicity_over(now), "publicity_until")


def _ended(now: datetime) -> Due:
    return count_rows(selectors.applications_ended(now), "ends_at")


WORK: Final = (
    DueWork("publicity", _("Applications whose time for objections is over"), _publicity),
    DueWork("applications", _("Applications that are over"), _ended),
    DueWork(
        "vouchers",
        _("Expired vouchers to return"),
        _over,
    ),
)
