"""Addresses of the record's API."""

from django.urls import path

from identity.events.api import views

urlpatterns = [
    path("events", views.Feed.as_view(), name="events"),
    path("event-names", views.Names.as_view(), name="event-names"),
]
