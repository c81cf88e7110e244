"""The work of vouchers that can be set aside."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.reviews import NOT_SET_ASIDE, ReviewKind
from marketplace.vouchers import services
from marketplace.vouchers.models import Voucher


def _vouchers() -> QuerySet[Voucher]:
    return Voucher.objects.filter(~NOT_SET_ASIDE)


KINDS: Final = (
    ReviewKind(
        "voucher",
        _("Voucher"),
        _("The voucher is over. Only one that holds nothing any more can be closed."),
        _vouchers,
        retry=lambda pk: services.retry_voucher(voucher_id=UUID(pk)),
        close=lambda pk, closing: services.close_voucher(voucher_id=UUID(pk), closing=closing),
    ),
)
