"""The ledger's pages: accounts, statements and the general ledger, each to who may read it."""

import csv
import io
import re
from datetime import timedelta
from itertools import count
from urllib.parse import unquote

import pytest
from django.urls import reverse
from django.utils import timezone

from common import tenancy
from identity.contracts import Role
from ledger import services as ledger
from ledger.contracts import Op, Transfer, derived_id
from marketplace import accounts
from marketplace.portal import figures
from marketplace.portal.views import ledger as views
from tests import cast

pytestmark = pytest.mark.django_db
NUMBER = count()


def move(debit: str, credit: str, amount: int, reason: str, **more) -> Transfer:
    """Return a transfer that sorts after those made before it."""
    more.setdefault("id", derived_id(timezone.now() + timedelta(seconds=next(NUMBER)), "page"))
    return Transfer(
        debit=debit, credit=credit, asset=accounts.CNY, amount=amount, reason=reason, **more
    )


@pytest.fixture
def haichao():
    """A buyer who paid 100.00 in, has 40.00 on hold and spent 30.00 of them."""
    buyer, provider = cast.organization("Haichao"), cast.organization("Provider")
    cash, owed = accounts.buyer_cash(buyer.pk), accounts.provider_payable(provider.pk)
    deposit = move(accounts.bank(), cash, 10_000, "deposit")
    hold = move(cash, owed, 4_000, "order_cash", op=Op.HOLD)
    with tenancy.acting_as_platform():
        accounts.install_chart()
        accounts.open_buyers([buyer.pk])
        accounts.open_providers([provider.pk])
        ledger.post(transfers=[deposit])
        ledger.hold(transfers=[hold])
        ledger.capture(
            transfers=[move(cash, owed, 3_000, "order_cash", op=Op.CAPTURE, hold_id=hold.id)]
        )
        ledger.post(
            transfers=[move(accounts.bank(), cash, 1, "deposit", reference="=1+1") for _ in "123"]
        )
    return buyer


@pytest.fixture
def buyer(haichao):
    return cast.signed_in(cast.member(haichao, Role.BUYER))


@pytest.fixture
def auditor():
    return cast.signed_in(cast.member(cast.organization("Audit office"), Role.AUDITOR))


def statement_of(owner, page: str = "ledger-statement") -> str:
    return reverse(f"portal:{page}", args=[accounts.buyer_cash(owner.pk)])


def days(first: int, last: int) -> dict[str, str]:
    today = figures.today().date()
    return {
        "starts_on": f"{today + timedelta(days=first)}",
        "ends_on": f"{today + timedelta(days=last)}",
    }


def of_page(response):
    return [row.it.account for row in response.context["table"].rows]


def test_a_buyer_meets_its_own_accounts_alone(buyer, haichao, auditor):
    own = of_page(buyer.get(reverse("portal:ledger-accounts")))
    every = of_page(auditor.get(reverse("portal:ledger-accounts")))

    assert [row.code for row in own] == [accounts.buyer_cash(haichao.pk)]
    assert (own[0].balance.posted, own[0].balance.available) == (7_003, 7_003)
    assert {row.kind for row in every} >= {"bank", "buyer_cash", "provider_payable"}


def test_a_member_who_is_issuer_too_still_meets_its_own_accounts_alone(haichao):
    """A duty that spans organisations does not open their accounts to a buyer."""
    both = cast.signed_in(cast.member(haichao, Role.BUYER, Role.ISSUER))

    rows = of_page(both.get(reverse("portal:ledger-accounts")))
    foreign = both.get(reverse("portal:ledger-statement", args=[accounts.bank()]))

    assert [row.code for row in rows] == [accounts.buyer_cash(haichao.pk)]
    assert foreign.status_code == 404


def test_accounts_are_paged_by_key(haichao, auditor, monkeypatch):
    monkeypatch.setattr(views, "ACCOUNTS_SHOWN", 2)
    found, address = [], "?"
    while address:
        context = auditor.get(reverse("portal:ledger-accounts") + address).context
        found += [row.it.account.code for row in context["table"].rows]
        address = context["pages"].next

    assert found == sorted(set(found))
    assert len(found) == 10


def test_a_statement_opens_and_closes_with_its_balances(buyer, haichao):
    response = buyer.get(statement_of(haichao))
    shown = response.context["statement"]

    assert (shown.opening.balance, shown.debits, shown.credits) == (0, 3_000, 10_003)
    assert shown.closing.balance == 7_003
    assert [line.balance for line in shown.lines] == [7_003, 7_002, 7_001, 7_000, 10_000, 10_000]
    assert "70.03" in response.content.decode()


def test_a_statement_of_later_days_opens_with_what_was_before(buyer, haichao):
    later = buyer.get(statement_of(haichao), days(1, 2)).context["statement"]
    earlier = buyer.get(statement_of(haichao), days(-9, -1)).context["statement"]

    assert (later.entries, later.opening.balance, later.closing.balance) == (0, 7_003, 7_003)
    assert (earlier.entries, earlier.opening.balance, earlier.closing.balance) == (0, 0, 0)


def test_a_statement_is_paged_by_key(buyer, haichao, monkeypatch):
    monkeypatch.setattr(views, "LINES_SHOWN", 4)
    whole = buyer.get(statement_of(haichao)).context
    first = whole["statement"]
    second = buyer.get(statement_of(haichao) + whole["pages"].next).context["statement"]

    assert [line.entry for line in (*first.lines, *second.lines)] == [6, 5, 4, 3, 2, 1]
    assert second.before is None
    assert second.closing == first.closing


@pytest.mark.parametrize("page", ["ledger-statement", "ledger-statement-file"])
def test_a_foreign_account_looks_like_none(haichao, page):
    stranger = cast.signed_in(cast.member(cast.organization("Stranger"), Role.BUYER))

    assert stranger.get(statement_of(haichao, page)).status_code == 404
    assert stranger.get(reverse(f"portal:{page}", args=["nothing"])).status_code == 404
    assert stranger.get(reverse(f"portal:{page}", args=["a\0b"])).status_code == 404


def test_an_organisation_does_not_read_the_general_ledger(buyer):
    assert buyer.get(reverse("portal:ledger-journal")).status_code == 403
    assert buyer.get(reverse("portal:ledger-journal-file")).status_code == 403


@pytest.mark.parametrize(
    ("form", "media_type", "ending"),
    [
        ("csv", "text/csv", "csv"),
        ("hledger", "text/plain", "journal"),
        ("beancount", "text/plain", "beancount"),
    ],
)
def test_statement_and_journal_are_files_too(buyer, auditor, haichao, form, media_type, ending):
    own = buyer.get(statement_of(haichao, "ledger-statement-file"), {"form": form})
    whole = auditor.get(reverse("portal:ledger-journal-file"), {"form": form})

    for response, name in [(own, "statement"), (whole, "journal")]:
        assert response.status_code == 200
        assert response["Content-Type"].startswith(media_type)
        assert re.search(rf'"{name}-[\w-]+\.{ending}"', response["Content-Disposition"])
        assert "100.00" in response.content.decode()


def test_the_csv_of_a_statement_holds_every_line_of_its_period_and_runs_nothing(buyer, haichao):
    file = buyer.get(statement_of(haichao, "ledger-statement-file"), {"form": "csv"})
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    none = buyer.get(statement_of(haichao, "ledger-statement-file"), days(-9, -1))

    assert rows[0]["balance"] == "70.03"
    assert [row["entry"] for row in rows] == ["6", "5", "4", "3", "2", "1"]
    assert rows[0]["reference"] == "'=1+1"
    assert len(none.content.decode().splitlines()) == 1


@pytest.mark.parametrize(
    "chosen",
    [
        {"starts_on": "2026-11-22", "ends_on": "2026-11-01"},
        {"starts_on": "2026-13-01", "ends_on": "2026-11-01"},
        {"starts_on": "2026-11-01"},
    ],
    ids=str,
)
def test_days_that_are_wrong_give_no_file_of_other_days(buyer, auditor, haichao, chosen):
    own = buyer.get(statement_of(haichao, "ledger-statement-file"), chosen, follow=True)
    whole = auditor.get(reverse("portal:ledger-journal-file"), chosen, follow=True)

    for response, page in [(own, statement_of(haichao)), (whole, reverse("portal:ledger-journal"))]:
        assert response.request["PATH_INFO"] == unquote(page)  # where its form and links lead on
        assert response["Content-Type"].startswith("text/html")
        assert response.context["form"].errors


def test_no_other_kind_of_file_is_there(auditor):
    response = auditor.get(reverse("portal:ledger-journal-file"), {"form": "exe"})

    assert response.status_code == 404


def test_the_general_ledger_is_paged_and_adds_up(auditor, haichao, monkeypatch):
    monkeypatch.setattr(views, "LINES_SHOWN", 2)
    found, address = [], "?"
    while address:
        context = auditor.get(reverse("portal:ledger-journal") + address).context
        found += [row.it.id for row in context["table"].rows]
        address = context["pages"].next

    (total,) = context["totals"]
    assert len(found) == len(set(found)) == total.transfers == 5
    assert total.amount == 13_003


def test_days_that_cannot_be_read_are_named_and_the_usual_ones_shown(auditor):
    address = reverse("portal:ledger-journal")
    swapped = auditor.get(address, {"starts_on": "2026-02-02", "ends_on": "2026-02-01"})
    far = auditor.get(address, {"starts_on": "9999-12-31", "ends_on": "9999-12-31"})

    assert list(swapped.context["form"].errors) == ["ends_on"]
    assert set(far.context["form"].errors) == {"starts_on", "ends_on"}
    for response in (swapped, far):
        assert response.status_code == 200
        assert response.context["period"].contains(timezone.now())
