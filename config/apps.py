from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Where the rooms are wired together: what lower ones ask for by name, upper ones do."""

    name = "config"
    label = "wiring"

    def ready(self) -> None:
        """Make known who is told of what, and what carries out what two people agreed on."""
        from config import approvals, notices

        notices.install()
        approvals.install()
