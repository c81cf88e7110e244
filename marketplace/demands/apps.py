from django.apps import AppConfig


class DemandsConfig(AppConfig):
    """The demands room of the marketplace."""

    name = "marketplace.demands"
    label = "demands"
