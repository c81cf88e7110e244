"""The addresses of the ways in."""

from django.urls import path

from marketplace.portal.views import address, entry, sso_sign_in

urlpatterns = [
    path(
        "organizations/<uuid:organization_id>/invitations/", entry.invitations, name="invitations"
    ),
    path("organizations/<uuid:organization_id>/sso/", entry.own_sign_in, name="sso"),
    path("organizations/<uuid:organization_id>/sso/new/", entry.connect_sign_in, name="sso-new"),
    path(
        "organizations/<uuid:organization_id>/sso/<uuid:connection_id>/end/",
        entry.end_sign_in,
        name="sso-end",
    ),
    path("oversight/recovery/", entry.recover, name="recovery"),
    path("accounts/sso/", sso_sign_in.choose, name="sso-choose"),
    path("accounts/sso/back/", sso_sign_in.back, name="sso-back"),
    path("accounts/sso/<uuid:sso_id>/", sso_sign_in.go, name="sso-go"),
    path("accounts/address/", address.change_address, name="address-change"),
    path("accounts/address/<str:token>/", address.confirm_address, name="address-confirm"),
]
