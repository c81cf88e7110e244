from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    """The fulfilment room of the marketplace."""

    name = "marketplace.fulfilment"
    label = "fulfilment"
