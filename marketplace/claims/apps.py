from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """The claims room of the marketplace."""

    name = "marketplace.claims"
    label = "claims"
