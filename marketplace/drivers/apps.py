from django.apps import AppConfig


class DriversConfig(AppConfig):
    """The drivers room of the marketplace."""

    name = "marketplace.drivers"
    label = "drivers"
