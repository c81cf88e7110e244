"""The work of vouchers that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from marketplace.vouchers.models import Voucher


def _over(now: datetime) -> Due:
    due = Voucher.objects.filter(NOT_SET_ASIDE, sweep_at__lte=now)
    return count_rows(due.order_by("sweep_at"), "sweep_at")


WORK: Final = (
    DueWork(
        "vouchers",
        _("Expired vouchers to return"),
        _over,
    ),
)
