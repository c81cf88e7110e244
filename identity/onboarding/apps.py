from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """How new organisations come to trade."""

    name = "identity.onboarding"
    label = "onboarding"
