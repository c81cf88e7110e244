from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity room."""

    name = "identity"

    def ready(self) -> None:
        """Make the schema's authentication schemes known, and the second factor's clock ours."""
        from identity import second_factor
        from identity.http import openapi  # noqa: F401

        second_factor.install()
