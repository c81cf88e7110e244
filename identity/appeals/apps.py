from django.apps import AppConfig


class AppealsConfig(AppConfig):
    """Appeals of organisations that are suspended."""

    name = "identity.appeals"
    label = "appeals"
