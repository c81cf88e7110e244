"""Pages of money that leaves the market: each opens, and what is typed is proposed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common import clock, tenancy
from common.moments import market_date
from identity.contracts import Role
from marketplace.payouts.models import BankAccount, PayoutRun
from marketplace.settlement.contracts import Party
from tests import cast
from tests.payouts.cast import account, approve
from tests.settlement.cast import adjusted

pytestmark = pytest.mark.django_db


@pytest.fixture
def payee():
    found = cast.organization("Provider")
    adjusted(found, payee=Party.PROVIDER, amount_minor=120_00)
    account(found)
    return found


@pytest.fixture
def clerks():
    desk = cast.organization("Desk")
    return [cast.member(desk, Role.FINANCE) for _n in range(2)]


def key(page) -> str:
    return page.content.decode().split('name="key" value="')[1].split('"')[0]


def test_a_run_is_proposed_sent_and_answered_on_its_pages(payee, clerks):
    desk = cast.signed_in(clerks[0])
    new = reverse("portal:payout-run-new")
    typed = {
        "key": key(desk.get(new)),
        "until": market_date(clock.now()).isoformat(),
        "threshold_minor": "1.00",
    }
    shown = desk.post(new, typed)
    seen = shown.content.decode().split('name="seen" value="')[1].split('"')[0]
    assert "¥120.00" in shown.content.decode()
    page = desk.post(new, typed | {"seen": seen}).headers["Location"]
    with tenancy.acting_as_platform():
        run = PayoutRun.objects.get()
    assert desk.get(reverse("portal:payout-runs")).status_code == 200
    assert desk.get(f"{page}file/csv/").status_code == 404

    other = clerks[1]
    owner = other.memberships.get().organization_id
    approve(run.proposal, type("By", (), {"id": other.pk, "organization_id": owner}))
    csv = desk.get(f"{page}file/csv/").content.decode("utf-8-sig")
    assert [desk.get(f"{page}file/{form}/").status_code for form in ("xml", "xlsx")] == [200, 200]
    assert desk.post(f"{page}send/").status_code == 302
    head, first, *_rest = csv.splitlines()
    said = SimpleUploadedFile("a.csv", f"{head},result\n{first},paid\n".encode())
    answered = desk.post(page, {"key": key(desk.get(page)), "file": said})

    assert answered.status_code == 302
    with tenancy.acting_as_platform():
        assert PayoutRun.objects.get().state == "DONE"


def test_a_provider_reads_its_income_and_says_where_it_is_paid(payee):
    browser = cast.signed_in(cast.member(payee, Role.PROVIDER))
    page = reverse("portal:payout-account")
    assert "¥120.00" in browser.get(reverse("portal:income")).content.decode()
    typed = {
        "key": key(browser.get(page)),
        "holder": "A",
        "bank_name": "B",
        "bank_code": "1" * 12,
        "account_number": "12",
    }
    assert browser.post(page, typed).status_code == 422
    assert browser.post(page, typed | {"account_number": "1" * 16}).status_code == 302
    with tenancy.acting_as_platform():
        assert BankAccount.objects.filter(provider=payee).count() == 2


def test_a_provider_names_its_account_at_the_gateway(payee):
    browser = cast.signed_in(cast.member(payee, Role.PROVIDER))
    page = reverse("portal:gateway-account")
    typed = {"key": key(browser.get(page)), "holder": "A", "account_number": "acct_1234567890"}
    wrong = browser.post(page, typed | {"account_number": "6222000000001234"})

    assert wrong.status_code == 422
    assert "6222000000001234" in wrong.content.decode()
    assert browser.post(page, typed).status_code == 302
    with tenancy.acting_as_platform():
        kept = BankAccount.objects.filter(provider=payee, replaced_at=None)
        assert sorted(each.channel for each in kept) == ["BANK", "STRIPE"]


def test_an_adjustment_is_proposed_and_read_on_its_pages(clerks):
    buyer = cast.organization("Buyer")
    made = adjusted(buyer)
    desk = cast.signed_in(clerks[0])
    new = reverse("portal:adjustment-new")
    typed = {
        "key": key(desk.get(new)),
        "reason": "penalty",
        "payer": "MARKET",
        "payee": "BUYER",
        "amount_minor": "3.00",
        "reference": "case 9",
        "evidence": "minutes",
    }
    assert desk.post(new, typed).status_code == 422
    assert desk.post(new, typed | {"buyer": buyer.uscc}).status_code == 302
    pages = ("adjustment", "adjustment-reverse")
    for page in (reverse(f"portal:{name}", args=[made.pk]) for name in pages):
        assert desk.get(page).status_code == 200
    reader = cast.signed_in(cast.member(buyer, Role.BUYER))
    assert made.number in reader.get(reverse("portal:adjustments")).content.decode()
