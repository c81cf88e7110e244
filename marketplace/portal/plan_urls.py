"""The addresses of price groups, drafts of rate plans, and commitments."""

from django.urls import path

from marketplace.portal.views import price_groups

GROUP = "supply/price-groups/<uuid:price_group_id>/"

urlpatterns = [
    path("supply/price-groups/", price_groups.price_groups, name="price-groups"),
    path("supply/price-groups/new/", price_groups.new_price_group, name="price-group-new"),
    path(f"{GROUP}end/", price_groups.end_price_group, name="price-group-end"),
    path("prices/groups/", price_groups.own_price_groups, name="own-price-groups"),
]
