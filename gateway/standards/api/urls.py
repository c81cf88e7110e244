"""Address of the directory of standards, under `/api/gateway/v1/`."""

from django.urls import path

from gateway.standards.api import views

urlpatterns = [path("standards", views.StandardsView.as_view(), name="gateway-standards")]
