"""Addresses of the statistics API."""

from django.urls import path

from metering.statistics.api import views

urlpatterns = [
    path("statistics/usage", views.UsageStatistics.as_view(), name="statistics-usage"),
    path("statistics/capacity", views.CapacityStatistics.as_view(), name="statistics-capacity"),
]
