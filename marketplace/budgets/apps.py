from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    """What organisations let themselves spend."""

    name = "marketplace.budgets"
    label = "budgets"
