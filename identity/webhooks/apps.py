from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Webhooks out."""

    name = "identity.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from identity.webhooks import event_names  # noqa: F401
