from django.apps import AppConfig


class PulseConfig(AppConfig):
    """The signs of life of the services."""

    name = "config.pulse"
    label = "pulse"
