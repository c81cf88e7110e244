from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog room of the marketplace."""

    name = "marketplace.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Hear of resources that change: listings are locked before them."""
        from identity import followers
        from marketplace.catalog.services import obeying

        followers.install(obeying.follow_resource)
