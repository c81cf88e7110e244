"""Addresses of the deliveries' API."""

from django.urls import path

from marketplace.fulfilment.api import access, calendar, endings, maintenance, talk, views

# A conversation is about an order; its delivery leads to the same one.
TALKED_ABOUT = (
    ("order", "orders/<uuid:order_id>"),
    ("delivery", "deliveries/<uuid:order_delivery_id>"),
)

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
        "deliveries/<uuid:order_delivery_id>/key-waiting",
        access.DeliveryKeyWaiting.as_view(),
        name="delivery-key-waiting",
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
    *(
        path(f"{subject}/{part}", view.as_view(), name=f"{kind}-{name}")
        for kind, subject in TALKED_ABOUT
        for part, view, name in (
            ("messages", talk.OrderMessageList, "messages"),
            ("reading", talk.OrderReading, "reading"),
            ("changes", talk.OrderChangeList, "changes"),
            (
                "changes/<uuid:delivery_change_id>/withdrawal",
                talk.OrderChangeWithdrawal,
                "change-withdrawal",
            ),
        )
    ),
    path("order-messages", talk.ReceivedMessageList.as_view(), name="order-messages"),
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
