"""Addresses of assurance's API."""

from django.urls import path

from marketplace.assurance.api import audits, desk, disputes, levels, rules, scores, views

urlpatterns = [
    path("cases", views.CaseList.as_view(), name="cases"),
    path("cases/<uuid:case_id>", views.CaseDetail.as_view(), name="case"),
    path("cases/<uuid:case_id>/take", views.CaseTaking.as_view(), name="case-take"),
    path("cases/<uuid:case_id>/notes", views.CaseNoting.as_view(), name="case-notes"),
    path("cases/<uuid:case_id>/close", views.CaseClosing.as_view(), name="case-close"),
    path("capacity-audits", audits.AuditList.as_view(), name="capacity-audits"),
    *(
        path(f"capacity-audits/<uuid:audit_id>{rest}", view.as_view(), name=f"capacity-audit{name}")
        for rest, view, name in (
            ("", audits.AuditDetail, ""),
            ("/take", audits.AuditTaking, "-take"),
            ("/lines", audits.AuditJudging, "-lines"),
            ("/findings", audits.AuditWriting, "-findings"),
            ("/ask", audits.AuditAsking, "-ask"),
            ("/answer", audits.AuditAnswering, "-answer"),
            ("/conclusion", audits.AuditConcluding, "-conclusion"),
            ("/cancel", audits.AuditCancelling, "-cancel"),
        )
    ),
    path("capacity-audit-draws", audits.AuditDrawList.as_view(), name="capacity-audit-draws"),
    path(
        "capacity-audit-draws/<uuid:draw_id>/draw",
        audits.AuditDrawing.as_view(),
        name="capacity-audit-draw",
    ),
    path("resource-scores", scores.ResourceScoreList.as_view(), name="resource-scores"),
    path(
        "provider-scores/<uuid:scored_provider_id>",
        scores.ProviderScores.as_view(),
        name="provider-scores",
    ),
    path("listing-stops", scores.ListingStopList.as_view(), name="listing-stops"),
    path("service-levels", levels.ServiceLevelList.as_view(), name="service-levels"),
    path(
        "service-level-evaluations",
        levels.LevelEvaluationList.as_view(),
        name="service-level-evaluations",
    ),
    path(
        "service-level-evaluations/<uuid:level_evaluation_id>/document",
        levels.LevelEvaluationDocument.as_view(),
        name="service-level-document",
    ),
    path("service-level-rules", rules.LevelRules.as_view(), name="service-level-rules"),
    path("score-rules", rules.ScoreRules.as_view(), name="score-rules"),
    path("unlisting-rules", rules.UnlistRules.as_view(), name="unlisting-rules"),
    path("disputes", disputes.DisputeList.as_view(), name="disputes"),
    path("disputes/months", disputes.DisputeMonths.as_view(), name="dispute-months"),
    *(
        path(f"disputes/<uuid:dispute_id>{rest}", view.as_view(), name=f"dispute{name}")
        for rest, view, name in (
            ("", disputes.DisputeDetail, ""),
            ("/answer", disputes.DisputeAnswering, "-answer"),
            ("/appeal", disputes.DisputeAppealing, "-appeal"),
            ("/withdraw", disputes.DisputeWithdrawing, "-withdraw"),
            ("/decision", disputes.DisputeDeciding, "-decision"),
        )
    ),
    path("desk", desk.DeskView.as_view(), name="desk"),
    path("surveillance-rules", views.SurveillanceRuleList.as_view(), name="surveillance-rules"),
]
