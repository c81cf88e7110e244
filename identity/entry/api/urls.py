"""Addresses of the ways in."""

from django.urls import path

from identity.entry import services
from identity.entry.api import views

urlpatterns = [
    path(
        "organizations/<uuid:organization_id>/invitations",
        views.InvitationList.as_view(),
        name="invitations",
    ),
    path(
        "organizations/<uuid:organization_id>/invitations/<uuid:invitation_id>/resend",
        views.InvitationMove.as_view(act=staticmethod(services.resend)),
        name="invitation-resend",
    ),
    path(
        "organizations/<uuid:organization_id>/invitations/<uuid:invitation_id>/withdraw",
        views.InvitationMove.as_view(act=staticmethod(services.withdraw)),
        name="invitation-withdraw",
    ),
    path(
        "organizations/<uuid:organization_id>/sso-connections",
        views.SsoConnectionList.as_view(),
        name="sso-connections",
    ),
    path(
        "organizations/<uuid:organization_id>/sso-connections/<uuid:connection_id>/end",
        views.SsoConnectionEnd.as_view(),
        name="sso-connection-end",
    ),
    path(
        "organizations/<uuid:organization_id>/sso-connections/<uuid:connection_id>/secret",
        views.SsoConnectionSecret.as_view(),
        name="sso-connection-secret",
    ),
    path("recoveries", views.Recoveries.as_view(), name="recoveries"),
]
