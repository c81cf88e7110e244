from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog room of the marketplace."""

    name = "marketplace.catalog"
    label = "catalog"
