from django.apps import AppConfig


class ParticularsConfig(AppConfig):
    """The room of what organisations were called, and where they are, from when until when."""

    name = "identity.particulars"
    label = "particulars"
