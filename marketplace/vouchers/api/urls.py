"""Addresses of the vouchers' API."""

from django.urls import path

from marketplace.vouchers.api import fundings, views

urlpatterns = [
    path("programmes", views.ProgrammeList.as_view(), name="programmes"),
    path("programmes/<uuid:programme_id>", views.ProgrammeDetail.as_view(), name="programme"),
    path(
        "programmes/<uuid:programme_id>/versions",
        views.ProgrammeVersionList.as_view(),
        name="programme-versions",
    ),
    path(
        "programmes/<uuid:programme_id>/fundings",
        fundings.FundingList.as_view(),
        name="programme-fundings",
    ),
    path("voucher-applications", views.ApplicationList.as_view(), name="voucher-applications"),
    path(
        "voucher-applications/<uuid:application_id>",
        views.ApplicationDetail.as_view(),
        name="voucher-application",
    ),
    path(
        "voucher-applications/<uuid:application_id>/decision",
        views.ApplicationDecision.as_view(),
        name="voucher-application-decision",
    ),
    path("vouchers", views.VoucherList.as_view(), name="vouchers"),
    path("vouchers/<uuid:voucher_id>", views.VoucherDetail.as_view(), name="voucher"),
    path(
        "vouchers/<uuid:voucher_id>/claw-back", views.ClawBack.as_view(), name="voucher-claw-back"
    ),
]
