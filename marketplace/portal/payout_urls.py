"""The addresses of pages about money that leaves the market or moves without usage."""

from django.urls import path

from marketplace.portal.views import adjustments, income, payouts, taxes

RUN = "finance/payouts/<uuid:payout_run_id>"

urlpatterns = [
    path("supply/income/", income.income, name="income"),
    path("supply/income/account/", income.payout_account, name="payout-account"),
    path("supply/income/gateway/", income.gateway_account, name="gateway-account"),
    path("finance/payouts/", payouts.payout_runs, name="payout-runs"),
    path("finance/payouts/new/", payouts.new_payout_run, name="payout-run-new"),
    path(f"{RUN}/", payouts.payout_run, name="payout-run"),
    path(f"{RUN}/send/", payouts.send_payout_run, name="payout-run-send"),
    path(f"{RUN}/file/<slug:form>/", payouts.payout_file, name="payout-file"),
    path("finance/taxes/", taxes.taxes, name="taxes"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/new/", adjustments.new_adjustment, name="adjustment-new"),
    path("adjustments/<uuid:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path(
        "adjustments/<uuid:adjustment_id>/reverse/",
        adjustments.reverse_adjustment,
        name="adjustment-reverse",
    ),
]
