from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """What people are told of the record of events."""

    name = "identity.notices"
    label = "notices"
