from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """The statements room of the marketplace."""

    name = "marketplace.statements"
    label = "statements"
