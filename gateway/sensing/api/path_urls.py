"""Addresses of ways between places, under `/api/v1/`."""

from django.urls import path

from gateway.sensing.api import ways

urlpatterns = [path("paths/between", ways.PathBetween.as_view(), name="path-between")]
