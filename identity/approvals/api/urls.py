"""Addresses of the API of approvals."""

from django.urls import path

from identity.approvals.api import views

urlpatterns = [
    path("approvals", views.ProposalList.as_view(), name="approvals"),
    path("approvals/<uuid:proposal_id>", views.ProposalDetail.as_view(), name="approval"),
    path("approvals/<uuid:proposal_id>/approve", views.Approval.as_view(), name="approval-approve"),
    path(
        "approvals/<uuid:proposal_id>/refuse",
        views.ProposalRefusal.as_view(),
        name="approval-refuse",
    ),
    path(
        "approvals/<uuid:proposal_id>/withdraw",
        views.Withdrawal.as_view(),
        name="approval-withdraw",
    ),
    path("approval-limits", views.LimitList.as_view(), name="approval-limits"),
]
