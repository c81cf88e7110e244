"""Addresses of the payouts' API."""

from django.urls import path

from marketplace.payouts.api import taxes, views

urlpatterns = [
    path("payout-runs", views.PayoutRunList.as_view(), name="payout-runs"),
    path("payout-runs/<uuid:payout_run_id>", views.PayoutRunDetail.as_view(), name="payout-run"),
    path(
        "payout-runs/<uuid:payout_run_id>/send",
        views.PayoutRunSending.as_view(),
        name="payout-run-send",
    ),
    path(
        "payout-runs/<uuid:payout_run_id>/answers",
        views.PayoutRunAnswers.as_view(),
        name="payout-run-answers",
    ),
    path("tax-rules", taxes.TaxRuleList.as_view(), name="tax-rules"),
    path("payouts", views.PayoutList.as_view(), name="payouts"),
    path("payout-account", views.PayoutAccountView.as_view(), name="payout-account"),
]
