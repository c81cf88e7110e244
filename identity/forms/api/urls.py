"""Addresses of the forms' API."""

from django.urls import path

from identity.forms.api import views

urlpatterns = [
    path("forms", views.FormList.as_view(), name="forms"),
    path("forms/schema", views.FormSchema.as_view(), name="form-schema"),
    path("forms/<slug:code>/versions", views.FormDetail.as_view(), name="form-versions"),
    path("form-submissions", views.SubmissionList.as_view(), name="form-submissions"),
    path(
        "form-submissions/<uuid:submission_id>",
        views.SubmissionDetail.as_view(),
        name="form-submission",
    ),
]
