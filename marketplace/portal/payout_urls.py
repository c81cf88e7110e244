"""The addresses of pages about money that leaves the market or moves without usage."""

from django.urls import path

from marketplace.portal.views import adjustments

urlpatterns = [
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/new/", adjustments.new_adjustment, name="adjustment-new"),
    path("adjustments/<uuid:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path(
        "adjustments/<uuid:adjustment_id>/reverse/",
        adjustments.reverse_adjustment,
        name="adjustment-reverse",
    ),
]
