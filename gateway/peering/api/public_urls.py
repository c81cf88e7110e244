"""What everybody may ask of peering: `/api/gateway/v1/`."""

from django.urls import path

from gateway.peering.api import views

urlpatterns = [path("directory", views.DirectoryView.as_view(), name="gateway-directory")]
