"""Addresses of the policy room's API."""

from django.urls import path

from marketplace.policy.api import views

RUN = "policy-runs/<uuid:policy_run_id>"

urlpatterns = [
    path("policy-runs", views.PolicyRunList.as_view(), name="policy-runs"),
    path(RUN, views.PolicyRunDetail.as_view(), name="policy-run"),
    path(f"{RUN}/publication", views.PolicyRunPublication.as_view(), name="policy-run-publish"),
    path(f"{RUN}/download", views.PolicyRunDownload.as_view(), name="policy-run-download"),
    path("policy-run-verifier", views.PolicyRunVerifier.as_view(), name="policy-run-verifier"),
    path(
        "programmes/<uuid:programme_id>/performance",
        views.ProgrammePerformance.as_view(),
        name="programme-performance",
    ),
]
