"""The addresses of the portal's pages."""

from django.urls import path

from marketplace.portal.views import developers, home, market, metering, preferences, search

urlpatterns = [
    path("", home.home, name="home"),
    path("market/", market.market, name="market"),
    path("market/compare/", market.compare, name="compare"),
    path("market/compare/clear/", market.clear_compare, name="compare-clear"),
    path("market/<uuid:listing_id>/", market.listing, name="listing"),
    path("market/<uuid:listing_id>/compare/", market.toggle_compare, name="compare-toggle"),
    path("search/", search.search, name="search"),
    path("supply/metering/", metering.metering_page, name="metering"),
    path("developers/", developers.developers, name="developers"),
    path("developers/keys/<uuid:key_id>/revoke/", developers.revoke_key, name="api-key-revoke"),
    path("preferences/language/", preferences.choose_language, name="choose-language"),
    path("preferences/theme/", preferences.choose_theme, name="choose-theme"),
    path("preferences/organization/", preferences.choose_organization, name="choose-organization"),
]
