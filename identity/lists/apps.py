from django.apps import AppConfig


class ListsConfig(AppConfig):
    """How people want their lists."""

    name = "identity.lists"
    label = "lists"
