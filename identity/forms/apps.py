from django.apps import AppConfig


class FormsConfig(AppConfig):
    """Forms as data, and what was answered to them."""

    name = "identity.forms"
    label = "forms"
