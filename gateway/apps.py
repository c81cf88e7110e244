from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """The node among nodes: what it signs, what it is asked, whom it asks."""

    name = "gateway"
    label = "gateway"
