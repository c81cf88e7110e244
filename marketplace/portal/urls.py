"""The addresses of the portal's pages."""

from django.urls import path

from marketplace.portal.views import (
    deposits,
    developers,
    home,
    ledger,
    market,
    metering,
    orders,
    preferences,
    programmes,
    search,
    vouchers,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("market/", market.market, name="market"),
    path("market/compare/", market.compare, name="compare"),
    path("market/compare/clear/", market.clear_compare, name="compare-clear"),
    path("market/<uuid:listing_id>/", market.listing, name="listing"),
    path("market/<uuid:listing_id>/compare/", market.toggle_compare, name="compare-toggle"),
    path("market/<uuid:listing_id>/order/", orders.place, name="order-place"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/live/", orders.order_live, name="order-live"),
    path("orders/<uuid:order_id>/cancel/", orders.cancel, name="order-cancel"),
    path("vouchers/", vouchers.wallet, name="vouchers"),
    path("vouchers/apply/<slug:code>/", vouchers.apply, name="voucher-apply"),
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<uuid:programme_id>/fund/", programmes.fund, name="programme-fund"),
    path(
        "programmes/applications/<uuid:application_id>/",
        programmes.decide,
        name="application-decide",
    ),
    path("ledger/", ledger.trial_balance, name="ledger"),
    path("finance/deposits/", deposits.deposits, name="deposits"),
    path("search/", search.search, name="search"),
    path("supply/metering/", metering.metering_page, name="metering"),
    path("developers/", developers.developers, name="developers"),
    path("developers/keys/<uuid:key_id>/revoke/", developers.revoke_key, name="api-key-revoke"),
    path("preferences/language/", preferences.choose_language, name="choose-language"),
    path("preferences/theme/", preferences.choose_theme, name="choose-theme"),
    path("preferences/organization/", preferences.choose_organization, name="choose-organization"),
]
