from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    """What is kept of whom and how long, who saw it, and what must not go."""

    name = "identity.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Let every room enter what it removes: its module `removers`."""
        from identity.privacy.services import seen_months  # noqa: F401 - enters its own

        autodiscover_modules("removers")
