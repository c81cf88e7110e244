"""The addresses of the operator's pages about the running market."""

from django.urls import path

from config.watch import pages

app_name = "watch"
urlpatterns = [
    path("", pages.system, name="system"),
    path("lamp/", pages.lamp, name="lamp"),
    path("<slug:kind>/<slug:row_id>/retry/", pages.retry, name="retry"),
    path("<slug:kind>/<slug:row_id>/close/", pages.close, name="close"),
]
