"""The addresses of the portal's pages."""

from django.urls import path

from marketplace.portal.views import home, preferences

urlpatterns = [
    path("", home.home, name="home"),
    path("preferences/language/", preferences.choose_language, name="choose-language"),
    path("preferences/theme/", preferences.choose_theme, name="choose-theme"),
]
