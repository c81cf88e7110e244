from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """The policy room of the marketplace."""

    name = "marketplace.policy"
    label = "policy"
