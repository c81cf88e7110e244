from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    """The fulfilment room of the marketplace."""

    name = "marketplace.fulfilment"
    label = "fulfilment"

    def ready(self) -> None:
        """Hear of what is suspended: deliveries are locked before listings and resources."""
        from identity import followers
        from marketplace.fulfilment.services import halting

        followers.install(halting.follow_resource, is_first=True)
        followers.install_standing(halting.halt_of_organization)
