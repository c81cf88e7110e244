from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """The metering room."""

    name = "metering"
