"""Addresses for logs that this node watches (C2SP tlog-witness): `/api/witness/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
