from django.apps import AppConfig


class SensingConfig(AppConfig):
    """What is perceived of resources now, by whom, and how fresh that is."""

    name = "gateway.sensing"
    label = "sensing"

    def ready(self) -> None:
        """Enter the names of what happens here; answer identity's question for the state."""
        from gateway.sensing import event_names, selectors  # noqa: F401
        from identity import perceiving

        perceiving.install(selectors.state_shown)
