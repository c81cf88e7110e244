from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal room of the marketplace."""

    name = "marketplace.portal"
    label = "portal"
