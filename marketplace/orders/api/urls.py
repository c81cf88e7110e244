"""Addresses of the orders' API."""

from django.urls import path

from marketplace.orders.api import batches, community, halts, instalments, rates, views

urlpatterns = [
    path("orders", views.OrderList.as_view(), name="orders"),
    path("orders/batch", batches.OrderBatch.as_view(), name="order-batch"),
    path("orders/<uuid:order_id>", views.OrderDetail.as_view(), name="order"),
    path("orders/<uuid:order_id>/cancel", views.OrderCancel.as_view(), name="order-cancel"),
    path("clearing-rounds/<str:round_number>", views.RoundDetail.as_view(), name="clearing-round"),
    path("book-halts", halts.HaltList.as_view(), name="book-halts"),
    path(
        "books/<str:resource_class>/<str:hub>/halt", halts.BookHalting.as_view(), name="book-halt"
    ),
    path(
        "books/<str:resource_class>/<str:hub>/resume",
        halts.BookResumption.as_view(),
        name="book-resume",
    ),
    path("instalment-rules", instalments.InstalmentRules.as_view(), name="instalment-rules"),
    path("quotes/<uuid:quote_id>/hold", instalments.QuoteHold.as_view(), name="quote-hold"),
    path("community-quotas", community.CommunityQuotas.as_view(), name="community-quotas"),
    path("community-use", community.CommunityUses.as_view(), name="community-use"),
    path("order-rates", rates.OrderRateList.as_view(), name="order-rates"),
    path("order-rates/own", rates.OwnRate.as_view(), name="order-rate"),
]
