"""Addresses of the payments' API."""

from django.urls import path

from marketplace.payments.api import deposits, desk, views

urlpatterns = [
    path("deposits", deposits.DepositList.as_view(), name="deposits"),
    path("movements", views.MovementList.as_view(), name="movements"),
    path("movements/<uuid:movement_id>", views.MovementDetail.as_view(), name="movement"),
    path("payment-details", views.PaymentDetails.as_view(), name="payment-details"),
    path("payment-sources", views.SourceList.as_view(), name="payment-sources"),
    path("top-ups", views.TopUps.as_view(), name="top-ups"),
    path("refunds", views.Refunds.as_view(), name="refunds"),
    path("bank-statements", desk.BankStatementList.as_view(), name="bank-statements"),
    path("bank-lines", desk.LineList.as_view(), name="bank-lines"),
    path("bank-lines/<uuid:line_id>", desk.LineDetail.as_view(), name="bank-line"),
    path("bank-lines/<uuid:line_id>/match", desk.LineMatch.as_view(), name="bank-line-match"),
    path("money-differences", desk.DifferenceList.as_view(), name="money-differences"),
    path(
        "money-differences/<uuid:difference_id>",
        desk.DifferenceDetail.as_view(),
        name="money-difference",
    ),
    path(
        "money-differences/<uuid:difference_id>/take",
        desk.DifferenceTaking.as_view(),
        name="money-difference-take",
    ),
    path(
        "money-differences/<uuid:difference_id>/settle",
        desk.DifferenceSettling.as_view(),
        name="money-difference-settle",
    ),
    path("reconciliations", desk.ReconciliationList.as_view(), name="reconciliations"),
    path("clearing-accounts", desk.ClearingAccounts.as_view(), name="clearing-accounts"),
]
