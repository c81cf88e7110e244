"""Addresses of the API of retention and personal data."""

from django.urls import path

from identity.privacy.api import views

urlpatterns = [
    path("data-classes", views.DataClassList.as_view(), name="data-classes"),
    path("retention", views.Retention.as_view(), name="retention"),
    path("legal-holds", views.LegalHoldList.as_view(), name="legal-holds"),
    path("legal-holds/<uuid:hold_id>", views.LegalHoldDetail.as_view(), name="legal-hold"),
    path("legal-holds/<uuid:hold_id>/lift", views.LegalHoldLift.as_view(), name="legal-hold-lift"),
    path("seen-records", views.SeenList.as_view(), name="seen-records"),
    path("me/seen-records", views.OwnSeenList.as_view(), name="own-seen-records"),
]
