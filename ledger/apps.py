from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger room."""

    name = "ledger"
