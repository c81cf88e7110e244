"""Addresses of the API of files."""

from django.urls import path

from identity.files.api import views

urlpatterns = [
    path("files", views.FileList.as_view(), name="files"),
    path("files/<uuid:file_id>", views.FileDetail.as_view(), name="file"),
    path("files/<uuid:file_id>/content", views.FileContent.as_view(), name="file-content"),
    path("file-allowance", views.FileAllowanceView.as_view(), name="file-allowance"),
]
