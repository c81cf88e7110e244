"""Addresses of the drivers' API."""

from django.urls import path

from marketplace.drivers.api import jobs, scenes, views

urlpatterns = [
    path("job-orders", jobs.JobOrders.as_view(), name="job-orders"),
    path("job-orders/<uuid:order_id>", jobs.JobDetail.as_view(), name="job-order"),
    path(
        "job-orders/<uuid:order_id>/cancel", jobs.JobCancellation.as_view(), name="job-order-cancel"
    ),
    path("job-orders/<uuid:order_id>/again", jobs.JobAgain.as_view(), name="job-order-again"),
    path("order-scenes", scenes.OrderSceneList.as_view(), name="order-scenes"),
    path("order-scenes/<str:scene_code>", scenes.OrderSceneDetail.as_view(), name="order-scene"),
    path("order-templates", scenes.OrderTemplateList.as_view(), name="order-templates"),
    path(
        "order-templates/<uuid:order_template_id>",
        scenes.OrderTemplateDetail.as_view(),
        name="order-template",
    ),
    path("driver-kinds", views.DriverKindList.as_view(), name="driver-kinds"),
    path("drivers", views.DriverList.as_view(), name="drivers"),
    path("drivers/<uuid:driver_id>", views.DriverDetail.as_view(), name="driver"),
    path("drivers/<uuid:driver_id>/secret", views.DriverSecret.as_view(), name="driver-secret"),
    path("drivers/<uuid:driver_id>/tests", views.DriverTests.as_view(), name="driver-tests"),
    path(
        "deliveries/<uuid:order_delivery_id>/course",
        views.DeliveryCourse.as_view(),
        name="delivery-course",
    ),
]
