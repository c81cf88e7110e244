"""Addresses of the deliveries' API."""

from django.urls import path

from marketplace.fulfilment.api import views

urlpatterns = [
    path("deliveries", views.DeliveryList.as_view(), name="deliveries"),
    path("deliveries/<uuid:order_delivery_id>", views.DeliveryDetail.as_view(), name="delivery"),
    path(
        "deliveries/<uuid:order_delivery_id>/moves",
        views.DeliveryMoves.as_view(),
        name="delivery-moves",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/confirmation",
        views.DeliveryConfirmation.as_view(),
        name="delivery-confirmation",
    ),
    path("delivery-policies", views.DeliveryPolicyList.as_view(), name="delivery-policies"),
]
