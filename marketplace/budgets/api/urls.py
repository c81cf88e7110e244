"""Addresses of the budgets' API."""

from django.urls import path

from marketplace.budgets.api import views

urlpatterns = [
    path("budgets", views.CapList.as_view(), name="budgets"),
    path("budgets/<uuid:cap_id>", views.CapDetail.as_view(), name="budget"),
    path("budgets/<uuid:cap_id>/end", views.CapEnd.as_view(), name="budget-end"),
]
