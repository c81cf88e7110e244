"""The addresses of pages about verification."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import assessments, capabilities, verification, verification_desk

CAPABILITY = "certificates/verified/<uuid:capability_id>/"
ASSESSMENT = "verification/assessments/<uuid:assessment_id>/"

urlpatterns = [
    path("verification/", verification.verification, name="verification"),
    path(
        "verification/resources/<uuid:resource_id>/",
        verification.resource_verification,
        name="resource-verification",
    ),
    path("certificates/verified/", capabilities.capabilities, name="capabilities"),
    path(CAPABILITY, for_strangers(capabilities.capability), name="capability"),
    path(f"{CAPABILITY}revoke/", verification_desk.revoke_capability, name="capability-revoke"),
    path(
        f"{CAPABILITY}files/<slug:part>/",
        for_strangers(capabilities.capability_file),
        name="capability-file",
    ),
    path("verification/assessments/", assessments.assessments, name="assessments"),
    path(ASSESSMENT, assessments.assessment, name="assessment"),
    path(f"{ASSESSMENT}file/", assessments.assessment_from_file, name="assessment-file"),
    path(
        f"{ASSESSMENT}file/<uuid:file_id>/",
        assessments.assessment_in_file,
        name="assessment-file-preview",
    ),
    path("verification/assessors/", verification_desk.assessors, name="assessors"),
    path(
        "verification/assessors/<uuid:assessor_id>/end/",
        verification_desk.end_assessor,
        name="assessor-end",
    ),
    path("verification/challenges/", verification_desk.challenges, name="challenges"),
    path("oversight/power/", verification_desk.power_checks, name="power-checks"),
]
