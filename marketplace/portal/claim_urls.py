"""The addresses of pages about what vouchers paid and programmes are claimed for."""

from django.urls import path

from marketplace.portal.views import claim_checks, claims, claw_backs

CLAIM = "claims/<uuid:claim_id>"

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
    path(f"{CLAIM}/", claims.voucher_claim, name="voucher-claim"),
    path(f"{CLAIM}/evidence/", claims.claim_evidence, name="voucher-claim-evidence"),
    path(f"{CLAIM}/withdraw/", claims.withdraw_claim, name="voucher-claim-withdraw"),
    path(f"{CLAIM}/check/", claim_checks.check_claim, name="voucher-claim-check"),
    path(f"{CLAIM}/return/", claim_checks.return_claim, name="voucher-claim-return"),
    path(f"{CLAIM}/paid/", claim_checks.pay_claim, name="voucher-claim-paid"),
]
