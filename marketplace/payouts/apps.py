from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """The payouts room of the marketplace."""

    name = "marketplace.payouts"
    label = "payouts"
