"""Addresses of ways between places, and of probes, under `/api/v1/`."""

from django.urls import path

from gateway.sensing.api import probes, ways

urlpatterns = [
    path("paths/between", ways.PathBetween.as_view(), name="path-between"),
    path("probes", probes.ProbeList.as_view(), name="probes"),
    path("probes/<uuid:resource_id>", probes.ProbeStarting.as_view(), name="probe"),
]
