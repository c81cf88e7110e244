"""Addresses of onboarding."""

from django.urls import path

from identity.onboarding.api import views

urlpatterns = [
    path(
        "organizations/<uuid:organization_id>/onboarding",
        views.OnboardingView.as_view(),
        name="organization-onboarding",
    ),
    path(
        "organizations/<uuid:organization_id>/onboarding/confirmations",
        views.ConfirmationView.as_view(),
        name="organization-confirmations",
    ),
    path(
        "organizations/<uuid:organization_id>/activation",
        views.ActivationView.as_view(),
        name="organization-activation",
    ),
    path(
        "organizations/<uuid:organization_id>/closure",
        views.ClosureView.as_view(),
        name="organization-closure",
    ),
]
