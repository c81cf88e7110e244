from django.apps import AppConfig


class MeteringStatisticsConfig(AppConfig):
    """The statistics room of metering."""

    name = "metering.statistics"
    label = "metering_statistics"
