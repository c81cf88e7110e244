from django.apps import AppConfig


class RightsConfig(AppConfig):
    """The room of people's rights to their data, and of incidents with it."""

    name = "identity.rights"
    label = "rights"
