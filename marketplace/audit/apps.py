from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit room of the marketplace."""

    name = "marketplace.audit"
    label = "audit"
