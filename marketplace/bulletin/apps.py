from django.apps import AppConfig


class BulletinConfig(AppConfig):
    """The bulletin room of the marketplace."""

    name = "marketplace.bulletin"
    label = "bulletin"
