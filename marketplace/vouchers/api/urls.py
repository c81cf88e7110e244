"""Addresses of the vouchers' API."""

from django.urls import path

from marketplace.vouchers.api import (
    batches,
    control,
    drafts,
    fits,
    forms,
    fundings,
    lives,
    suppliers,
    views,
)

urlpatterns = [
    path(
        "voucher-applications/<uuid:application_id>/contracts",
        control.ContractNaming.as_view(),
        name="voucher-application-contracts",
    ),
    path("control-findings", control.FindingList.as_view(), name="control-findings"),
    path(
        "control-findings/<uuid:finding_id>",
        control.FindingDetail.as_view(),
        name="control-finding",
    ),
    path(
        "control-findings/<uuid:finding_id>/decision",
        control.FindingDeciding.as_view(),
        name="control-finding-decision",
    ),
    path("control-rules", control.ControlRuleList.as_view(), name="control-rules"),
    path("control-samples", control.SampleList.as_view(), name="control-samples"),
    path(
        "control-samples/<uuid:sample_id>/draw",
        control.SampleDrawing.as_view(),
        name="control-sample-draw",
    ),
    path("programmes", views.ProgrammeList.as_view(), name="programmes"),
    path("programmes/<uuid:programme_id>", views.ProgrammeDetail.as_view(), name="programme"),
    path(
        "programmes/<uuid:programme_id>/versions",
        views.ProgrammeVersionList.as_view(),
        name="programme-versions",
    ),
    path(
        "programmes/<uuid:programme_id>/fundings",
        fundings.FundingList.as_view(),
        name="programme-fundings",
    ),
    path(
        "programmes/<uuid:programme_id>/form",
        forms.ProgrammeFormView.as_view(),
        name="programme-form",
    ),
    path("voucher-batches", batches.BatchList.as_view(), name="voucher-batches"),
    path("voucher-batches/<uuid:batch_id>", batches.BatchDetail.as_view(), name="voucher-batch"),
    path(
        "voucher-batches/<uuid:batch_id>/decision",
        batches.BatchDecision.as_view(),
        name="voucher-batch-decision",
    ),
    path(
        "voucher-batches/<uuid:batch_id>/issue",
        batches.BatchIssue.as_view(),
        name="voucher-batch-issue",
    ),
    path("programme-fits", fits.OwnFits.as_view(), name="programme-fits"),
    path("programme-fits/check", fits.FitCheck.as_view(), name="programme-fit-check"),
    path("programme-rules/schema", drafts.RulesSchema.as_view(), name="programme-rules-schema"),
    path("programme-drafts", drafts.DraftList.as_view(), name="programme-drafts"),
    path("programme-drafts/<uuid:draft_id>", drafts.DraftDetail.as_view(), name="programme-draft"),
    path(
        "programme-drafts/<uuid:draft_id>/proposal",
        drafts.DraftProposal.as_view(),
        name="programme-draft-proposal",
    ),
    path("voucher-applications", views.ApplicationList.as_view(), name="voucher-applications"),
    path(
        "voucher-applications/<uuid:application_id>",
        views.ApplicationDetail.as_view(),
        name="voucher-application",
    ),
    path(
        "voucher-applications/<uuid:application_id>/decision",
        views.ApplicationDecision.as_view(),
        name="voucher-application-decision",
    ),
    path(
        "voucher-applications/<uuid:application_id>/submit",
        lives.ApplicationSubmission.as_view(),
        name="voucher-application-submit",
    ),
    path(
        "voucher-applications/<uuid:application_id>/evidence",
        lives.ApplicationEvidence.as_view(),
        name="voucher-application-evidence",
    ),
    path(
        "voucher-applications/<uuid:application_id>/withdraw",
        lives.ApplicationWithdrawal.as_view(),
        name="voucher-application-withdraw",
    ),
    path(
        "voucher-applications/issues",
        lives.ApplicationSetIssue.as_view(),
        name="voucher-applications-issue",
    ),
    path(
        "voucher-applications/<uuid:application_id>/issue",
        lives.ApplicationIssue.as_view(),
        name="voucher-application-issue",
    ),
    path(
        "voucher-applications/<uuid:application_id>/revoke",
        lives.ApplicationRevocation.as_view(),
        name="voucher-application-revoke",
    ),
    path(
        "voucher-applications/<uuid:application_id>/steps",
        lives.ApplicationSteps.as_view(),
        name="voucher-application-steps",
    ),
    path(
        "voucher-applications/<uuid:application_id>/objections",
        lives.ObjectionList.as_view(),
        name="voucher-application-objections",
    ),
    path("voucher-publicity", lives.PublicityList.as_view(), name="voucher-publicity"),
    path(
        "voucher-objections/<uuid:objection_id>/answer",
        lives.ObjectionAnswer.as_view(),
        name="voucher-objection-answer",
    ),
    path("supplier-sizes", suppliers.SupplierSizeList.as_view(), name="supplier-sizes"),
    path("vouchers", views.VoucherList.as_view(), name="vouchers"),
    path("vouchers/<uuid:voucher_id>", views.VoucherDetail.as_view(), name="voucher"),
]
