from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity room."""

    name = "identity"
