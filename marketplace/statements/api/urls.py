"""Addresses of the statements' API."""

from django.urls import path

from marketplace.statements.api import closings, fapiao, monitors, views

ISSUED = "issued-statements"

urlpatterns = [
    path(ISSUED, views.IssuedStatementList.as_view(), name="issued-statements"),
    path(f"{ISSUED}/<uuid:statement_id>", views.StatementDetail.as_view(), name="issued-statement"),
    path(
        f"{ISSUED}/<uuid:statement_id>/lines",
        views.StatementLines.as_view(),
        name="issued-statement-lines",
    ),
    path(
        f"{ISSUED}/<uuid:statement_id>/sums",
        views.StatementSums.as_view(),
        name="issued-statement-sums",
    ),
    path(
        f"{ISSUED}/<uuid:statement_id>/file",
        views.StatementFile.as_view(),
        name="issued-statement-file",
    ),
    path(
        f"{ISSUED}/<uuid:statement_id>/cancel",
        views.StatementCancelling.as_view(),
        name="issued-statement-cancel",
    ),
    path("statement-proofs/<str:number>", views.StatementProof.as_view(), name="statement-proof"),
    path("book-closings", closings.BookClosingList.as_view(), name="book-closings"),
    path(
        "book-closings/<slug:month>/checklist",
        closings.MonthChecklist.as_view(),
        name="book-closing-checklist",
    ),
    path("books/<slug:month>/sums", closings.BookSums.as_view(), name="book-sums"),
    path("account-monitors", monitors.AccountMonitorList.as_view(), name="account-monitors"),
    path(
        "account-monitors/<uuid:monitor_id>/end",
        monitors.AccountMonitorEnding.as_view(),
        name="account-monitor-end",
    ),
    path("fapiao", fapiao.FapiaoList.as_view(), name="fapiao"),
    path("fapiao/export", fapiao.FapiaoExport.as_view(), name="fapiao-export"),
    path("fapiao/answers", fapiao.FapiaoAnswers.as_view(), name="fapiao-answers"),
    path(
        "fapiao/<uuid:fapiao_id>/withdraw",
        fapiao.FapiaoWithdrawing.as_view(),
        name="fapiao-withdraw",
    ),
]
