from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity room."""

    name = "identity"

    def ready(self) -> None:
        """Make the schema's authentication schemes known."""
        from identity import openapi  # noqa: F401
