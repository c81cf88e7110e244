"""Pages of claims: a provider submits and proves, the programme's people check, hand over, pay."""

import io
import zipfile

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from common import tenancy
from identity.contracts import Role
from identity.models import User
from marketplace.claims import selectors
from marketplace.claims.contracts import ClaimState
from marketplace.claims.models import VoucherClaim
from tests import cast
from tests.claims.cast import Claimed
from tests.payouts.cast import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed() -> Claimed:
    return Claimed()


def reading(person: User):
    """Return the browser of a person who reads English."""
    browser = cast.signed_in(person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def provider(claimed):
    return reading(claimed.clerk)


@pytest.fixture
def officers(claimed):
    return [reading(User.objects.get(pk=each.id)) for each in claimed.officers]


def address(name: str, *args) -> str:
    return reverse(f"portal:{name}", args=args)


def hidden(page, name: str) -> str:
    return page.content.decode().split(f'name="{name}" value="')[1].split('"')[0]


def sent(browser, path: str, **typed):
    """Send a form; where it shows first what it does, send it again."""
    typed["key"] = hidden(browser.get(path), "key")
    answer = browser.post(path, typed)
    if answer.status_code == 200:
        answer = browser.post(path, typed | {"seen": hidden(answer, "seen")})
    return answer


def only_claim() -> VoucherClaim:
    with tenancy.acting_as_platform():
        return VoucherClaim.objects.get()


def test_a_provider_submits_a_claim_reads_its_evidence_and_withdraws_it(claimed, provider):
    answer = sent(provider, address("voucher-claim-new"), programme_id=claimed.programme.pk)
    claim = only_claim()
    assert answer.headers["Location"] == address("voucher-claim", claim.pk)

    page = provider.get(answer.headers["Location"]).content.decode()
    assert "¥18.00" in page
    assert "Energy" in page
    assert "missing" in page
    pack = provider.get(address("voucher-claim-evidence", claim.pk))
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(pack.content)).namelist()
    assert claim.number in provider.get(address("voucher-claims")).content.decode()

    assert sent(provider, address("voucher-claim-withdraw", claim.pk)).status_code == 302
    assert only_claim().state == ClaimState.WITHDRAWN
    assert sent(provider, address("voucher-claim-withdraw", claim.pk)).status_code == 422


def test_nothing_to_claim_is_said_and_nothing_is_made(provider, claimed):
    claimed.submit()
    page = provider.get(address("voucher-claim-new"))
    assert "Nothing can be claimed now" in page.content.decode()
    typed = {"key": "b7ff0e9c-6ac4-4f3a-9d0c-2a4a35a5b0b1", "programme_id": claimed.programme.pk}
    assert provider.post(address("voucher-claim-new"), typed).status_code == 422


def test_officers_check_hand_over_and_note_the_payment(claimed, officers):
    claim, (first, second) = claimed.submit(), officers
    account(claimed.provider)
    assert "To check" in first.get(address("voucher-claims")).content.decode()

    assert sent(first, address("voucher-claim-check", claim.pk)).status_code == 302
    assert sent(first, address("claim-batch-new"), batch="B 1/2").status_code == 302
    assert "B 1/2" in first.get(address("claim-batches")).content.decode()
    csv = first.get(address("claim-batch-file", "csv"), {"batch": "B 1/2"})
    head, row, total = csv.content.decode("utf-8-sig").splitlines()
    assert head.startswith("reference,programme,payee")
    assert row.startswith(f"{claim.number},{claimed.code},")
    assert "18.00" in row
    assert total == "TOTAL,,1,,,,,,18.00,CNY,B 1/2,,"
    book = first.get(address("claim-batch-file", "xlsx"), {"batch": "B 1/2"})
    rows = list(load_workbook(io.BytesIO(book.content)).active.values)
    assert rows[1][0] == claim.number
    assert first.get(address("claim-batch-file", "csv"), {"batch": "B"}).status_code == 404

    paid = address("voucher-claim-paid", claim.pk)
    assert sent(first, paid, payment_reference="P-1").status_code == 422
    assert sent(second, paid, payment_reference="P-1").status_code == 302
    assert only_claim().state == ClaimState.PAID
    assert "P-1" in second.get(address("voucher-claim", claim.pk)).content.decode()


def test_a_batch_that_the_payer_has_grows_no_more(claimed, officers):
    claim = claimed.submit()
    claimed.check(claim)
    claimed.instruct()
    with tenancy.acting_as_platform():
        (line,) = selectors.lines(claim.pk)
    sent(officers[1], address("voucher-claim-return", claim.pk), reason="the bank sent it back")
    claimed.check(claimed.submit())

    refused = officers[0].post(
        address("claim-batch-new"),
        {"key": hidden(officers[0].get(address("claim-batch-new")), "key"), "batch": "B-1"},
    )

    assert refused.status_code == 422
    assert "with the payer already" in refused.content.decode()
    assert line.amount_minor == 18_00


def test_a_claim_is_returned_or_struck_out_only_with_a_reason(claimed, officers):
    claim, officer = claimed.submit(), officers[0]
    with tenancy.acting_as_platform():
        (line,) = selectors.lines(claim.pk)

    struck = sent(officer, address("voucher-claim-check", claim.pk), struck=[line.pk])
    assert struck.status_code == 422
    assert "Say why" in struck.content.decode()
    back = address("voucher-claim-return", claim.pk)
    assert sent(officer, back, reason="").status_code == 422
    assert sent(officer, back, reason="no proof of delivery").status_code == 302
    assert (
        "no proof of delivery" in officer.get(address("voucher-claim", claim.pk)).content.decode()
    )


def test_a_claim_is_read_by_its_sides_and_those_with_a_duty_alone(claimed, provider):
    claim = claimed.submit()
    page = address("voucher-claim", claim.pk)
    desk = cast.organization("Desk")
    for role in (Role.AUDITOR, Role.FINANCE):
        browser = reading(cast.member(desk, role))
        assert browser.get(page).status_code == 200
        assert browser.get(address("voucher-claims")).status_code == 200
    for role in (Role.PROVIDER, Role.ISSUER):
        other = reading(cast.member(cast.organization("Other"), role))
        assert other.get(page).status_code == 404
        assert other.get(address("voucher-claim-evidence", claim.pk)).status_code == 404
    assert provider.get(address("voucher-claim-check", claim.pk)).status_code == 403


def test_a_buyer_reads_what_its_vouchers_paid_and_how_far_the_claim_has_come(claimed):
    buyer = reading(cast.member(claimed.market.buyer, Role.BUYER))

    before = buyer.get(address("vouchers")).text
    claimed.submit()
    after = buyer.get(address("vouchers")).text

    assert "not claimed yet" in before
    assert "¥18.00" in after
    assert "Being checked" in after
