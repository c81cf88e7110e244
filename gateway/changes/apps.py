from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """What changed in the register, numbered without a gap, and who wants to be told."""

    name = "gateway.changes"
    label = "changes"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from gateway.changes import event_names  # noqa: F401
