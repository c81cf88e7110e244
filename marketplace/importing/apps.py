from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """The importing room of the marketplace."""

    name = "marketplace.importing"
    label = "importing"
