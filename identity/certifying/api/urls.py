"""Addresses of the API of requests of certificates."""

from django.urls import path

from identity.certifying.api import views

REQUEST = "certificate-requests/<uuid:certificate_request_id>"

urlpatterns = [
    path("certificate-requests", views.RequestList.as_view(), name="certificate-requests"),
    path(REQUEST, views.RequestDetail.as_view(), name="certificate-request"),
    path(
        f"{REQUEST}/verification",
        views.RequestVerification.as_view(),
        name="certificate-verification",
    ),
    path(f"{REQUEST}/refusal", views.RefusalView.as_view(), name="certificate-refusal"),
    path(f"{REQUEST}/withdrawal", views.RequestWithdrawal.as_view(), name="certificate-withdrawal"),
]
