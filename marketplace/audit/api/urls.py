"""Addresses of the audit room's API."""

from django.urls import path

from marketplace.audit.api import views

urlpatterns = [
    path("exports", views.ExportList.as_view(), name="exports"),
    path("exports/<uuid:export_id>", views.ExportDetail.as_view(), name="export"),
    path(
        "exports/<uuid:export_id>/download",
        views.ExportDownload.as_view(),
        name="export-download",
    ),
    path(
        "documents/<str:document_kind>/<str:reference>",
        views.DocumentDetail.as_view(),
        name="document",
    ),
    path("export-estimates", views.ExportEstimate.as_view(), name="export-estimates"),
    path("export-verifier", views.ExportVerifier.as_view(), name="export-verifier"),
]
