from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    """The assurance room of the marketplace."""

    name = "marketplace.assurance"
    label = "assurance"
