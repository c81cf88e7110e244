"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class SettlementEvent(TextChoices):
    """What happens to contracts. What one run charges of a contract is one event."""

    CONTRACT_OPENED = "settlement.contract.opened", _("Contract opened")
    CONTRACT_CHARGED = "settlement.contract.charged", _("Contract charged")
    CONTRACT_SET_ASIDE = "settlement.contract.set_aside", _("Contract set aside")
    CONTRACT_RETRIED = "settlement.contract.retried", _("Contract tried again")
    CONTRACT_ENDED_EARLY = "settlement.contract.ended_early", _("Contract ended early")
    CONTRACT_REDUCED = "settlement.contract.reduced", _("Contract made smaller")
    INSTALMENT_HELD = "settlement.instalment.held", _("Instalment held")
    INSTALMENT_FORESEEN = (
        "settlement.instalment.foreseen",
        _("Money will be missing for the next instalment"),
    )
    INSTALMENT_REFUSED = "settlement.instalment.refused", _("Instalment could not be held")
    INSTALMENT_LAPSED = (
        "settlement.instalment.lapsed",
        _("Contract ends: its next instalment was not held"),
    )
    ORDER_SET_ASIDE = "settlement.order.set_aside", _("Cleared order set aside")
    ORDER_CLOSED = "settlement.order.closed", _("Set-aside cleared order closed")
    ORDER_RETRIED = "settlement.order.retried", _("Cleared order tried again")
    TRADE_RECORDED = "settlement.trade.recorded", _("Trade recorded")
    TRADE_CORRECTED = "settlement.trade.corrected", _("Trade corrected")
    RECEIPT_ISSUED = "settlement.receipt.issued", _("Receipt without lines issued")
    FEE_PUBLISHED = "settlement.fee.published", _("Fee rule published")
    ADJUSTMENT_BOOKED = "settlement.adjustment.booked", _("Adjustment booked")
    ADJUSTMENT_REVERSED = "settlement.adjustment.reversed", _("Adjustment reversed")
