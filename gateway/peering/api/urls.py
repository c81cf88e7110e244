"""Addresses for other nodes, which sign what they send: `/api/peer/v1/`."""

from django.urls import path

from gateway.peering.api import views

urlpatterns = [
    path("resolve", views.PeerResolve.as_view(), name="peer-resolve"),
    path("push", views.PushView.as_view(), name="peer-push"),
    path("countersign", views.CountersignView.as_view(), name="peer-countersign"),
    path("difference", views.DifferenceView.as_view(), name="peer-difference"),
]
