from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo room of the marketplace."""

    name = "marketplace.demo"
    label = "demo"
