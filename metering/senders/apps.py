from django.apps import AppConfig


class SendersConfig(AppConfig):
    """Senders that are not ours: what their series say becomes readings."""

    name = "metering.senders"
    label = "metering_senders"
