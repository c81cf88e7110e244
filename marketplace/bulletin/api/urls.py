"""Addresses of the bulletin's API."""

from django.urls import path

from marketplace.bulletin.api import views

urlpatterns = [
    path("price-index", views.IndexList.as_view(), name="price-index"),
    path("rule-changes", views.RuleChangeList.as_view(), name="rule-changes"),
]
