from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files of organisations."""

    name = "identity.files"
    label = "files"
