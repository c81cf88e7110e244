from django.apps import AppConfig


class CertifyingConfig(AppConfig):
    """Certificates that their holders ask for."""

    name = "identity.certifying"
    label = "certifying"
