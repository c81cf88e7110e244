"""The addresses of pages about what vouchers paid and programmes are claimed for."""

from django.urls import path

from marketplace.portal.views import claim_checks, claims, claw_backs, reimbursements

CLAIM = "claims/<uuid:claim_id>"
REIMBURSEMENT = "reimbursements/<uuid:reimbursement_id>"

urlpatterns = [
    path("claims/", claims.voucher_claims, name="voucher-claims"),
    path("claims/new/", claims.new_claim, name="voucher-claim-new"),
    path("claims/batches/", claim_checks.claim_batches, name="claim-batches"),
    path("claims/batches/new/", claim_checks.new_claim_batch, name="claim-batch-new"),
    path("claims/batches/file/<slug:form>/", claim_checks.payer_file, name="claim-batch-file"),
    path("claims/wanted-back/", claw_backs.recoveries, name="voucher-recoveries"),
    path(
        "claims/wanted-back/<uuid:recovery_id>/",
        claw_backs.repaid,
        name="voucher-recovery-repaid",
    ),
    path("claims/payments/", reimbursements.claim_shares, name="claim-shares"),
    path("reimbursements/", reimbursements.reimbursement_list, name="reimbursements"),
    path("reimbursements/new/", reimbursements.new_reimbursement, name="reimbursement-new"),
    path(f"{REIMBURSEMENT}/", reimbursements.reimbursement, name="reimbursement"),
    path(f"{REIMBURSEMENT}/withdraw/", reimbursements.withdraw, name="reimbursement-withdraw"),
    path(f"{REIMBURSEMENT}/reject/", reimbursements.reject, name="reimbursement-reject"),
    path(
        f"{REIMBURSEMENT}/objections/<uuid:organization_id>/",
        reimbursements.answer,
        name="reimbursement-answer",
    ),
    path(
        f"{REIMBURSEMENT}/object/",
        reimbursements.object_to_reimbursement,
        name="reimbursement-object",
    ),
    path(
        f"{REIMBURSEMENT}/claw-back/",
        reimbursements.take_back_reimbursement,
        name="reimbursement-claw-back",
    ),
    path(
        "programmes/<uuid:programme_id>/payers/",
        reimbursements.programme_payers,
        name="programme-payers",
    ),
    path(f"{CLAIM}/", claims.voucher_claim, name="voucher-claim"),
    path(f"{CLAIM}/evidence/", claims.claim_evidence, name="voucher-claim-evidence"),
    path(f"{CLAIM}/withdraw/", claims.withdraw_claim, name="voucher-claim-withdraw"),
    path(f"{CLAIM}/check/", claim_checks.check_claim, name="voucher-claim-check"),
    path(f"{CLAIM}/return/", claim_checks.return_claim, name="voucher-claim-return"),
    path(f"{CLAIM}/paid/", claim_checks.pay_claim, name="voucher-claim-paid"),
]
