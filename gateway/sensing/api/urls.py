"""Addresses of perceived states, under `/api/gateway/v1/`."""

from django.urls import path

from gateway.sensing.api import views

urlpatterns = [path("heartbeats", views.HeartbeatView.as_view(), name="gateway-heartbeats")]
