from django.apps import AppConfig


class VerifyingConfig(AppConfig):
    """How well it is proved what a resource can do."""

    name = "metering.verifying"
    label = "metering_verifying"
