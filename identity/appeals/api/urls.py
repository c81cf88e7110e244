"""Addresses of appeals."""

from django.urls import path

from identity.appeals.api import views

urlpatterns = [
    path("suspension-appeals", views.AppealList.as_view(), name="suspension-appeals"),
    path(
        "suspension-appeals/<uuid:appeal_id>",
        views.AppealDetail.as_view(),
        name="suspension-appeal",
    ),
    path(
        "suspension-appeals/<uuid:appeal_id>/answer",
        views.AppealAnswer.as_view(),
        name="suspension-appeal-answer",
    ),
]
