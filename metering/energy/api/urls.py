"""Addresses of the energy API."""

from django.urls import path

from metering.energy.api import views

CENTRE = "data-centres/<uuid:centre_id>"
SUPPLY = "green-supplies/<uuid:supply_id>"

urlpatterns = [
    path("grid-factors", views.GridFactors.as_view(), name="grid-factors"),
    path("data-centres", views.Centres.as_view(), name="data-centres"),
    path(f"{CENTRE}/resources", views.CentrePlaces.as_view(), name="centre-places"),
    path(f"{CENTRE}/pue", views.CentrePues.as_view(), name="centre-pues"),
    path(f"{CENTRE}/months", views.CentreMonths.as_view(), name="centre-months"),
    path("green-supplies", views.SupplyList.as_view(), name="green-supplies"),
    path(f"{SUPPLY}/claim", views.SupplyClaim.as_view(), name="green-claim"),
    path(f"{SUPPLY}/retirement", views.SupplyRetirement.as_view(), name="green-retirement"),
    path(f"{SUPPLY}/cancellation", views.SupplyCancellation.as_view(), name="green-cancellation"),
    path(
        "usage-records/<uuid:usage_id>/energy",
        views.UsageEnergyDetail.as_view(),
        name="usage-energy",
    ),
]
