from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The payments room of the marketplace."""

    name = "marketplace.payments"
    label = "payments"
