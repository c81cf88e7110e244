"""Addresses of the wallet and of the finance desk's payments."""

from django.urls import path

from marketplace.portal.views import payment_lists, payments, wallet

urlpatterns = [
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/refund/", wallet.wallet_refund, name="wallet-refund"),
    path("wallet/<uuid:movement_id>/receipt/", wallet.receipt, name="receipt"),
    path("finance/payments/", payments.payments_desk, name="payments-desk"),
    path("finance/payments/reconcile/", payments.reconcile, name="reconcile"),
    path("finance/payments/movements/", payment_lists.all_movements, name="all-movements"),
    path("finance/payments/differences/", payment_lists.all_differences, name="all-differences"),
    path("finance/payments/lines/<uuid:line_id>/", payments.bank_line, name="bank-line"),
    path(
        "finance/payments/differences/<uuid:difference_id>/",
        payments.difference,
        name="difference",
    ),
    path(
        "finance/payments/differences/<uuid:difference_id>/take/",
        payments.difference_take,
        name="difference-take",
    ),
]
