from django.apps import AppConfig


class CalculatorConfig(AppConfig):
    """The calculator of the marketplace: what a need takes, and what it would cost."""

    name = "marketplace.calculator"
    label = "calculator"
