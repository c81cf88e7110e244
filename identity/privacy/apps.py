from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """What is kept of whom and how long, who saw it, and what must not go."""

    name = "identity.privacy"
    label = "privacy"
