"""Addresses of the API of the ledger."""

from django.urls import path

from ledger.api import views

urlpatterns = [
    path("ledger/accounts", views.AccountList.as_view(), name="ledger-accounts"),
    path(
        "ledger/accounts/<str:account>/statement",
        views.AccountStatementView.as_view(),
        name="ledger-statement",
    ),
    path("ledger/trial-balance", views.TrialBalance.as_view(), name="ledger-trial-balance"),
    path(
        "ledger/accounts/<str:account>/balance",
        views.AccountAsOf.as_view(),
        name="ledger-balance",
    ),
    path(
        "ledger/trial-balance-as-of",
        views.TrialBalanceAsOf.as_view(),
        name="ledger-trial-balance-as-of",
    ),
    path("ledger/journal", views.Journal.as_view(), name="ledger-journal"),
    path("ledger/feed", views.FeedOfTransfers.as_view(), name="ledger-feed"),
    path(
        "ledger/transfers/<uuid:transfer_id>",
        views.TransferDetail.as_view(),
        name="ledger-transfer",
    ),
    path(
        "ledger/transfers/<uuid:transfer_id>/proof",
        views.TransferProof.as_view(),
        name="ledger-transfer-proof",
    ),
    path("ledger/checkpoint", views.LatestCheckpoint.as_view(), name="ledger-checkpoint"),
    path("ledger/consistency", views.Consistency.as_view(), name="ledger-consistency"),
    path("ledger/keys", views.Keys.as_view(), name="ledger-keys"),
]
