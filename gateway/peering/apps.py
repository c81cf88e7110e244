from django.apps import AppConfig


class PeeringConfig(AppConfig):
    """Peers: whom this node talks with, by signed requests, and what it pushes upward."""

    name = "gateway.peering"
    label = "peering"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from gateway.peering import event_names  # noqa: F401
