"""Addresses of changes, under `/api/gateway/v1/`."""

from django.urls import path

from gateway.changes.api import views

urlpatterns = [
    path("feed", views.ChangeFeed.as_view(), name="gateway-feed"),
    path("subscriptions", views.SubscriptionList.as_view(), name="gateway-subscriptions"),
    path(
        "subscriptions/<uuid:subscription_id>",
        views.SubscriptionDetail.as_view(),
        name="gateway-subscription",
    ),
]
