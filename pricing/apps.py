from django.apps import AppConfig


class PricingConfig(AppConfig):
    """The pricing room."""

    name = "pricing"
