"""Addresses of the deliveries' API."""

from django.urls import path

from marketplace.fulfilment.api import access, calendar, endings, maintenance, talk, views

urlpatterns = [
    path("deliveries", views.DeliveryList.as_view(), name="deliveries"),
    path("deliveries/<uuid:order_delivery_id>", views.DeliveryDetail.as_view(), name="delivery"),
    path(
        "deliveries/<uuid:order_delivery_id>/moves",
        views.DeliveryMoves.as_view(),
        name="delivery-moves",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/preemption",
        endings.DeliveryPreemption.as_view(),
        name="delivery-preemption",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/stop",
        endings.DeliveryStop.as_view(),
        name="delivery-stop",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/confirmation",
        views.DeliveryConfirmation.as_view(),
        name="delivery-confirmation",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/access",
        access.DeliveryAccess.as_view(),
        name="delivery-access",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/handovers",
        access.DeliveryHandovers.as_view(),
        name="delivery-handovers",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/secret",
        access.DeliverySecret.as_view(),
        name="delivery-secret",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/messages",
        talk.DeliveryMessageList.as_view(),
        name="delivery-messages",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/reading",
        talk.DeliveryReading.as_view(),
        name="delivery-reading",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/changes",
        talk.DeliveryChangeList.as_view(),
        name="delivery-changes",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/changes/<uuid:delivery_change_id>/withdrawal",
        talk.DeliveryChangeWithdrawal.as_view(),
        name="delivery-change-withdrawal",
    ),
    path("access-keys", access.HandoverKeyList.as_view(), name="access-keys"),
    path(
        "access-keys/<uuid:handover_key_id>/withdrawal",
        access.HandoverKeyWithdrawal.as_view(),
        name="access-key-withdrawal",
    ),
    path("capacity-calendar", calendar.CapacityCalendar.as_view(), name="capacity-calendar"),
    path("maintenance", maintenance.MaintenanceList.as_view(), name="maintenance"),
    path(
        "maintenance/preview", maintenance.MaintenancePreview.as_view(), name="maintenance-preview"
    ),
    path(
        "maintenance/<uuid:maintenance_id>/moves",
        maintenance.MaintenanceMoves.as_view(),
        name="maintenance-moves",
    ),
    path("delivery-policies", views.DeliveryPolicyList.as_view(), name="delivery-policies"),
]
