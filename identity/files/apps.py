from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files of organisations."""

    name = "identity.files"
    label = "files"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from identity.files import event_names  # noqa: F401
