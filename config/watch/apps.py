from django.apps import AppConfig


class WatchConfig(AppConfig):
    """What watches the market: figures, states, due work."""

    name = "config.watch"
    label = "watch"

    def ready(self) -> None:
        """Hear what rooms count."""
        from common import figures as rooms
        from config.watch import figures

        rooms.listen(figures.observe)
