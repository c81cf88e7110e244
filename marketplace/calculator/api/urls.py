"""Addresses of the calculator's API."""

from django.urls import path

from marketplace.calculator.api import views

urlpatterns = [
    path("calculator/assumptions", views.AssumptionsView.as_view(), name="calculator-assumptions"),
    path("calculator/offers", views.OffersView.as_view(), name="calculator-offers"),
]
