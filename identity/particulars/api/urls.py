"""Addresses of names and places of organisations."""

from django.urls import path

from identity.particulars.api import views

urlpatterns = [
    path(
        "organizations/<uuid:organization_id>/particulars",
        views.Particulars.as_view(),
        name="organization-particulars",
    ),
    path(
        "organizations/<uuid:organization_id>/particulars/<uuid:place_id>/end",
        views.PlaceEnding.as_view(),
        name="organization-place-end",
    ),
]
