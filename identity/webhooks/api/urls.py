"""Addresses of the API of webhooks."""

from django.urls import path

from identity.webhooks.api import views

ENDPOINT = "webhook-endpoints/<uuid:endpoint_id>"
DELIVERY = "webhook-deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("webhook-endpoints", views.WebhookEndpointList.as_view(), name="webhook-endpoints"),
    path(ENDPOINT, views.WebhookEndpointDetail.as_view(), name="webhook-endpoint"),
    path(f"{ENDPOINT}/secret", views.WebhookSecret.as_view(), name="webhook-secret"),
    path(f"{ENDPOINT}/tests", views.WebhookTest.as_view(), name="webhook-tests"),
    path(f"{ENDPOINT}/replays", views.WebhookReplay.as_view(), name="webhook-replays"),
    path(f"{ENDPOINT}/deliveries", views.WebhookDeliveryList.as_view(), name="webhook-deliveries"),
    path(DELIVERY, views.WebhookDeliveryDetail.as_view(), name="webhook-delivery"),
    path(f"{DELIVERY}/attempts", views.WebhookAttemptList.as_view(), name="webhook-attempts"),
    path(
        f"{DELIVERY}/replays",
        views.WebhookDeliveryReplay.as_view(),
        name="webhook-delivery-replays",
    ),
]
