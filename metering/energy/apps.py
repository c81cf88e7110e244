from django.apps import AppConfig


class MeteringEnergyConfig(AppConfig):
    """The energy room of metering."""

    name = "metering.energy"
    label = "metering_energy"
