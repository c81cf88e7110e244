"""Addresses of the gateway that everybody may ask: `/api/gateway/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
