from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    """The record of events."""

    name = "identity.events"
    label = "events"

    def ready(self) -> None:
        """Let every room enter the names of what it records: its module `event_names`."""
        autodiscover_modules("event_names")
