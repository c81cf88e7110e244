from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The orders room of the marketplace."""

    name = "marketplace.orders"
    label = "orders"

    def ready(self) -> None:
        """Hear of prices that are announced: buyers whose orders rest on them are told."""
        from marketplace.orders.services import following
        from pricing import followers

        followers.install(following.tell_of_price)
