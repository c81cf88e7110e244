from django.apps import AppConfig


class BaselinesConfig(AppConfig):
    """The baselines room of the marketplace: what an hour costs to make, and reference prices."""

    name = "marketplace.baselines"
    label = "baselines"
