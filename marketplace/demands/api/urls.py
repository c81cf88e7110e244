"""Addresses of the demands' API."""

from django.urls import path

from marketplace.demands.api import quotes, views, why

urlpatterns = [
    path("demands", views.DemandList.as_view(), name="demands"),
    path("demands/outlook", views.DemandOutlook.as_view(), name="demand-outlook"),
    path("demands/<uuid:demand_id>", views.DemandDetail.as_view(), name="demand"),
    path("demands/<uuid:demand_id>/amend", views.DemandAmend.as_view(), name="demand-amend"),
    path("demands/<uuid:demand_id>/cancel", views.DemandCancel.as_view(), name="demand-cancel"),
    path("demands/<uuid:demand_id>/why", why.DemandWhy.as_view(), name="demand-why"),
    path("demands/<uuid:demand_id>/decision", why.DecisionDetail.as_view(), name="demand-decision"),
    path("orders/<uuid:order_id>/why", why.OrderWhy.as_view(), name="order-why"),
    path(
        "quotes/<uuid:quote_id>/alternatives",
        quotes.QuoteAlternatives.as_view(),
        name="quote-alternatives",
    ),
    path("saved-searches", views.SearchList.as_view(), name="saved-searches"),
    path(
        "saved-searches/<uuid:saved_search_id>", views.SearchDetail.as_view(), name="saved-search"
    ),
]
