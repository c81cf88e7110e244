"""Addresses of assurance's API."""

from django.urls import path

from marketplace.assurance.api import views

urlpatterns = [
    path("cases", views.CaseList.as_view(), name="cases"),
    path("cases/<uuid:case_id>", views.CaseDetail.as_view(), name="case"),
    path("cases/<uuid:case_id>/take", views.CaseTaking.as_view(), name="case-take"),
    path("cases/<uuid:case_id>/notes", views.CaseNoting.as_view(), name="case-notes"),
    path("cases/<uuid:case_id>/close", views.CaseClosing.as_view(), name="case-close"),
    path("surveillance-rules", views.SurveillanceRuleList.as_view(), name="surveillance-rules"),
]
