"""Addresses of the API of verification."""

from django.urls import path

from metering.verifying.api import probing, views

CAPABILITY = "capability-certificates/<uuid:capability_id>"
ASSESSMENT = "capability-assessments/<uuid:assessment_id>"

urlpatterns = [
    path("metering/probe-reports", probing.ProbeReports.as_view(), name="probe-reports"),
    path(
        "metering/challenges/<slug:key_id>",
        probing.AgentChallenges.as_view(),
        name="agent-challenges",
    ),
    path("metering/echo", probing.Echo.as_view(), name="metering-echo"),
    path("capability-certificates", views.CapabilityList.as_view(), name="capabilities"),
    path(CAPABILITY, views.CapabilityDetail.as_view(), name="capability"),
    path(f"{CAPABILITY}/document", views.CapabilityDocument.as_view(), name="capability-document"),
    path(
        f"{CAPABILITY}/revocation",
        views.CapabilityRevocation.as_view(),
        name="capability-revocation",
    ),
    path(
        "resources/<uuid:resource_id>/verification",
        views.ResourceVerification.as_view(),
        name="resource-verification",
    ),
    path(
        "resources/<uuid:resource_id>/declarations",
        views.Declarations.as_view(),
        name="resource-declarations",
    ),
    path("capability-assessments", views.AssessmentList.as_view(), name="assessments"),
    path(ASSESSMENT, views.AssessmentDetail.as_view(), name="assessment"),
    path(f"{ASSESSMENT}/record", views.AssessmentRecord.as_view(), name="assessment-record"),
    path(f"{ASSESSMENT}/grant", views.AssessmentGrant.as_view(), name="assessment-grant"),
    path(f"{ASSESSMENT}/refusal", views.AssessmentRefusal.as_view(), name="assessment-refusal"),
    path(
        f"{ASSESSMENT}/withdrawal",
        views.AssessmentWithdrawal.as_view(),
        name="assessment-withdrawal",
    ),
    path("assessors", views.AssessorList.as_view(), name="assessors"),
    path("assessors/<uuid:assessor_id>/end", views.AssessorEnd.as_view(), name="assessor-end"),
    path("capability-challenges", views.ChallengeList.as_view(), name="capability-challenges"),
    path("challenge-draws", views.DrawList.as_view(), name="challenge-draws"),
    path("power-checks", views.CrossCheckList.as_view(), name="power-checks"),
]
