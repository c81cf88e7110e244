"""Addresses of the claims' API."""

from django.urls import path

from marketplace.claims.api import claw_backs, forecasts, reimbursements, views

CLAIM = "voucher-claims/<uuid:claim_id>"
REIMBURSEMENT = "reimbursements/<uuid:reimbursement_id>"

urlpatterns = [
    path("voucher-claims", views.ClaimList.as_view(), name="voucher-claims"),
    path(
        "vouchers/<uuid:voucher_id>/claw-back",
        claw_backs.ClawBackProposal.as_view(),
        name="voucher-claw-back",
    ),
    path("voucher-recoveries", claw_backs.RecoveryList.as_view(), name="voucher-recoveries"),
    path(
        "voucher-recoveries/<uuid:recovery_id>/repaid",
        claw_backs.RecoveryRepayment.as_view(),
        name="voucher-recovery-repaid",
    ),
    path("voucher-forecast", forecasts.WalletForecasting.as_view(), name="voucher-forecast"),
    path("reimbursements", reimbursements.ReimbursementList.as_view(), name="reimbursements"),
    path(REIMBURSEMENT, reimbursements.ReimbursementDetail.as_view(), name="reimbursement"),
    path(
        f"{REIMBURSEMENT}/decision",
        reimbursements.ReimbursementDeciding.as_view(),
        name="reimbursement-decision",
    ),
    path(
        f"{REIMBURSEMENT}/withdraw",
        reimbursements.ReimbursementWithdrawal.as_view(),
        name="reimbursement-withdraw",
    ),
    path(
        f"{REIMBURSEMENT}/objections",
        reimbursements.ReimbursementObjecting.as_view(),
        name="reimbursement-objections",
    ),
    path(
        f"{REIMBURSEMENT}/answers",
        reimbursements.ReimbursementAnswering.as_view(),
        name="reimbursement-answers",
    ),
    path(
        f"{REIMBURSEMENT}/claw-back",
        reimbursements.ReimbursementClawBack.as_view(),
        name="reimbursement-claw-back",
    ),
    path(
        "programmes/<uuid:programme_id>/payers",
        reimbursements.ProgrammePayers.as_view(),
        name="programme-payers",
    ),
    path("voucher-claim-batches", views.ClaimBatching.as_view(), name="voucher-claim-batches"),
    path(CLAIM, views.ClaimDetail.as_view(), name="voucher-claim"),
    path(f"{CLAIM}/evidence", views.ClaimEvidence.as_view(), name="voucher-claim-evidence"),
    path(f"{CLAIM}/withdraw", views.ClaimWithdrawal.as_view(), name="voucher-claim-withdraw"),
    path(f"{CLAIM}/check", views.ClaimChecking.as_view(), name="voucher-claim-check"),
    path(f"{CLAIM}/return", views.ClaimReturning.as_view(), name="voucher-claim-return"),
    path(f"{CLAIM}/paid", views.ClaimPayment.as_view(), name="voucher-claim-paid"),
]
