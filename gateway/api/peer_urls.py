"""Addresses of the gateway for other nodes, which sign what they send: `/api/peer/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
