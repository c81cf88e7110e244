"""The addresses of what is kept, legal holds, and who saw what."""

from django.urls import path

from marketplace.portal.views import privacy

urlpatterns = [
    path("privacy/kept/", privacy.what_is_kept, name="what-is-kept"),
    path("oversight/privacy/", privacy.privacy_desk, name="privacy-desk"),
    path("oversight/retention/", privacy.retention, name="retention"),
    path("oversight/holds/", privacy.holds, name="legal-holds"),
    path("oversight/holds/new/", privacy.new_hold, name="legal-hold-new"),
    path("oversight/holds/<uuid:hold_id>/", privacy.hold, name="legal-hold"),
    path("seen/", privacy.seen, name="seen"),
    path("profile/seen/", privacy.seen_of_me, name="seen-of-me"),
]
