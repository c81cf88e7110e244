from django.apps import AppConfig


class RoundsConfig(AppConfig):
    """The call rounds of the marketplace."""

    name = "marketplace.rounds"
    label = "rounds"
