from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog room of the marketplace."""

    name = "marketplace.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Hear of resources that change, and say of which plans a document is demanded."""
        from identity import followers
        from marketplace.catalog import selectors
        from marketplace.catalog.services import obeying
        from pricing import basis

        followers.install(obeying.follow_resource)
        basis.install(selectors.basis_of_plan)
