"""The addresses of what is allotted: grants and pools, and layouts of codes."""

from django.urls import path

from marketplace.portal.views import allotting, code_profiles, pool_requests

urlpatterns = [
    path("register/grants/", allotting.grants, name="grants"),
    path("register/grants/new/", allotting.new_pool, name="pool-new"),
    path("register/grants/<uuid:grant_id>/", allotting.grant, name="grant"),
    path("register/grants/<uuid:grant_id>/<slug:step>/", allotting.step, name="grant-step"),
    path("register/pool-requests/", pool_requests.pool_requests, name="pool-requests"),
    path("register/pool-requests/new/", pool_requests.ask, name="pool-request-new"),
    path(
        "register/pool-requests/<uuid:pool_request_id>/",
        pool_requests.pool_request,
        name="pool-request",
    ),
    path("register/profiles/", code_profiles.code_profiles, name="code-profiles"),
    path("register/profiles/new/", code_profiles.publish, name="code-profile-new"),
    path("register/profiles/<str:version>/", code_profiles.code_profile, name="code-profile"),
]
