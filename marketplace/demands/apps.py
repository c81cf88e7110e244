from django.apps import AppConfig


class DemandsConfig(AppConfig):
    """The demands room of the marketplace."""

    name = "marketplace.demands"
    label = "demands"

    def ready(self) -> None:
        """Hear of orders that the market closes: what was not delivered is looked for again."""
        from marketplace.demands.services import reopening
        from marketplace.orders import followers

        followers.hear_of_closed(reopening.follow_closed)
