from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Two pairs of eyes."""

    name = "identity.approvals"
    label = "approvals"
