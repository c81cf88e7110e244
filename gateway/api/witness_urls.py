"""Addresses for logs that this node watches (C2SP tlog-witness): `/api/witness/v1/`."""

from django.urls import path

from gateway.witness.api import protocol, views

urlpatterns = [
    path("add-checkpoint", protocol.add_checkpoint, name="witness-add-checkpoint"),
    path("key", views.KeyView.as_view(), name="witness-key"),
    path("logs", views.WitnessedLogList.as_view(), name="witness-logs"),
    path("conflicts", views.LogConflictList.as_view(), name="witness-conflicts"),
    path("verifier", views.VerifierView.as_view(), name="witness-verifier"),
]
