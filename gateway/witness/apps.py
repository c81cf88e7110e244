from django.apps import AppConfig


class WitnessConfig(AppConfig):
    """Witnesses: what this node cosigns of others' logs, and who cosigns its own."""

    name = "gateway.witness"
    label = "witness"

    def ready(self) -> None:
        """Enter the names of what happens here."""
        from gateway.witness import event_names  # noqa: F401
