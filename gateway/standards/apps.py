from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """The directory of rules, standards and technologies, and what this node does by them."""

    name = "gateway.standards"
    label = "standards"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from gateway.standards import event_names  # noqa: F401
