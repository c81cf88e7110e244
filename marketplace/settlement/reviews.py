"""The work of settlement that can be set aside."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.reviews import NOT_SET_ASIDE, ReviewKind
from marketplace.settlement import services
from marketplace.settlement.models import Contract, UnopenedOrder


def _contracts() -> QuerySet[Contract]:
    return Contract.objects.filter(~NOT_SET_ASIDE)


def _unopened() -> QuerySet[UnopenedOrder]:
    return UnopenedOrder.objects.all()


KINDS: Final = (
    ReviewKind(
        "contract",
        _("Contract"),
        _("A contract holds money for what was delivered, so it cannot be closed."),
        _contracts,
        retry=lambda pk: services.retry_contract(contract_id=UUID(pk)),
        close=lambda pk, closing: services.close_contract(contract_id=UUID(pk), closing=closing),
    ),
    ReviewKind(
        "unopened",
        _("Cleared order without contract"),
        _("The order is cancelled and what it holds goes back, if nothing was used of it."),
        _unopened,
        retry=lambda pk: services.retry_unopened(order_id=UUID(pk)),
        close=lambda pk, closing: services.close_unopened(order_id=UUID(pk), closing=closing),
    ),
)
