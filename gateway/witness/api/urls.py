"""Addresses about this node's own ledger and its witnesses, under `/api/gateway/v1/`."""

from django.urls import path

from gateway.witness.api import views

urlpatterns = [
    path("checkpoint", views.CheckpointView.as_view(), name="gateway-checkpoint"),
    path("witness-policy", views.PolicyView.as_view(), name="gateway-witness-policy"),
]
