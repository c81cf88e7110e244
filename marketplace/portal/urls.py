"""The addresses of the portal's pages."""

from django.urls import path

from marketplace.portal.views import developers, home, metering, preferences

urlpatterns = [
    path("", home.home, name="home"),
    path("supply/metering/", metering.metering_page, name="metering"),
    path("developers/", developers.developers, name="developers"),
    path("developers/keys/<uuid:key_id>/revoke/", developers.revoke_key, name="api-key-revoke"),
    path("preferences/language/", preferences.choose_language, name="choose-language"),
    path("preferences/theme/", preferences.choose_theme, name="choose-theme"),
    path("preferences/organization/", preferences.choose_organization, name="choose-organization"),
]
