"""The addresses of pages about statements, fapiao and the market's books."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import bills, book_sums, books, fapiao_desk, monitors

BILL = "bills/<uuid:statement_id>"

urlpatterns = [
    path("bills/", bills.bills, name="bills"),
    path(f"{BILL}/", bills.bill, name="bill"),
    path(f"{BILL}/file/<slug:form>/", bills.bill_file, name="bill-file"),
    path(f"{BILL}/fapiao/", bills.bill_fapiao, name="bill-fapiao"),
    path(f"{BILL}/cancel/", bills.bill_cancel, name="bill-cancel"),
    path("finance/books/", books.books, name="ledger-books"),
    path("finance/books/trial-balance/", book_sums.trial_as_of, name="trial-as-of"),
    path("ledger/monitors/", monitors.monitors, name="account-monitors"),
    path("ledger/monitors/<uuid:monitor_id>/", monitors.monitor, name="account-monitor"),
    path("finance/books/sums/", book_sums.book_sums, name="book-sums"),
    path("fapiao/", fapiao_desk.fapiao, name="fapiao"),
    path("fapiao/export/", fapiao_desk.fapiao_export, name="fapiao-export"),
    path(
        "proof/statements/<str:number>/",
        for_strangers(bills.statement_proof),
        name="statement-proof",
    ),
]
