"""Addresses of people's rights to their data, and of incidents."""

from django.urls import path

from identity.rights.api import views

urlpatterns = [
    path("me/data-exports", views.OwnExportList.as_view(), name="own-exports"),
    path(
        "me/data-exports/<uuid:own_export_id>/file",
        views.OwnExportFile.as_view(),
        name="own-export-file",
    ),
    path("me/erasure-requests", views.OwnErasureRequests.as_view(), name="own-erasure-requests"),
    path("erasure-requests", views.ErasureRequestList.as_view(), name="erasure-requests"),
    path(
        "erasure-requests/<uuid:erasure_request_id>/refusal",
        views.ErasureRequestRefusal.as_view(),
        name="erasure-request-refusal",
    ),
    path("erasures", views.ErasureList.as_view(), name="erasures"),
    path("incidents", views.IncidentList.as_view(), name="incidents"),
    path("incidents/published", views.PublishedCount.as_view(), name="incidents-published"),
    path("incidents/<uuid:incident_id>", views.IncidentDetail.as_view(), name="incident"),
    path(
        "incidents/<uuid:incident_id>/timeline",
        views.IncidentTimeline.as_view(),
        name="incident-timeline",
    ),
    path(
        "incidents/<uuid:incident_id>/closing",
        views.IncidentClosing.as_view(),
        name="incident-closing",
    ),
]
