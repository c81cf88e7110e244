from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """The settlement room of the marketplace."""

    name = "marketplace.settlement"
    label = "settlement"

    def ready(self) -> None:
        """Say what the receipts of orders say that were not delivered."""
        from marketplace.orders import receipts
        from marketplace.settlement.selectors.receipts import receipt_of

        receipts.give_receipts(receipt_of)
