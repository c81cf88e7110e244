"""Addresses of the claims' API."""

from django.urls import path

from marketplace.claims.api import views

CLAIM = "voucher-claims/<uuid:claim_id>"

urlpatterns = [
    path("voucher-claims", views.ClaimList.as_view(), name="voucher-claims"),
    path("voucher-claim-batches", views.ClaimBatching.as_view(), name="voucher-claim-batches"),
    path(CLAIM, views.ClaimDetail.as_view(), name="voucher-claim"),
    path(f"{CLAIM}/evidence", views.ClaimEvidence.as_view(), name="voucher-claim-evidence"),
    path(f"{CLAIM}/withdraw", views.ClaimWithdrawal.as_view(), name="voucher-claim-withdraw"),
    path(f"{CLAIM}/check", views.ClaimChecking.as_view(), name="voucher-claim-check"),
    path(f"{CLAIM}/return", views.ClaimReturning.as_view(), name="voucher-claim-return"),
    path(f"{CLAIM}/paid", views.ClaimPayment.as_view(), name="voucher-claim-paid"),
]
