"""Addresses of cost baselines and reference prices."""

from django.urls import path

from marketplace.baselines.api import views

urlpatterns = [
    path("cost-baselines", views.CostBaselines.as_view(), name="cost-baselines"),
    path("reference-prices", views.ReferencePrices.as_view(), name="reference-prices"),
]
