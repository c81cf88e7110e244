"""Addresses of the API of notices."""

from django.urls import path

from identity.notices import api

urlpatterns = [
    path("notices", api.NoticeList.as_view(), name="notices"),
    path("notices/read", api.NoticesRead.as_view(), name="notices-read"),
    path("notices/letters", api.NoticeLetters.as_view(), name="notice-letters"),
]
