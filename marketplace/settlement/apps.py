from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """The settlement room of the marketplace."""

    name = "marketplace.settlement"
    label = "settlement"
