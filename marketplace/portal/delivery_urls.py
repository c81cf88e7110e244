"""The addresses of pages about deliveries."""

from django.urls import path

from marketplace.portal.views import deliveries

urlpatterns = [
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/policy/", deliveries.delivery_policies, name="delivery-policies"),
    path("deliveries/<uuid:order_delivery_id>/", deliveries.delivery, name="delivery"),
]
