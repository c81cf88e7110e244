"""Address of the directory, under `/api/gateway/v1/`."""

from django.urls import path

from gateway.standards.api import views

urlpatterns = [path("directory", views.DirectoryView.as_view(), name="gateway-directory")]
