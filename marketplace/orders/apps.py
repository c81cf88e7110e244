from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The orders room of the marketplace."""

    name = "marketplace.orders"
    label = "orders"
