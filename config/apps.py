from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Where the rooms are wired together: what lower ones ask for by name, upper ones do."""

    name = "config"
    label = "wiring"

    def ready(self) -> None:
        """Make known who is told of what, what two people agree on, and the ways of paying."""
        from config import approvals, notices, onboarding, payments

        notices.install()
        approvals.install()
        onboarding.install()
        payments.install()
