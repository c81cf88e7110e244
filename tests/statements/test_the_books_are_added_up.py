"""What a month moved is added up by owner, by programme and by region."""

from django.urls import reverse

from identity.contracts import Role
from ledger import account_pages
from tests import cast, frontier
from tests.statements.cast import traded


def test_the_books_are_added_up_by_owner_programme_and_region(fresh_database):
    market = traded()
    market.voucher("5000.00")
    frontier.wait_for_others()  # Pages go no further than the oldest transaction of the cluster.
    while account_pages.extend():
        continue
    clerk = cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))
    sums = "/api/v1/books/2026-11/sums"
    owners = clerk.get(sums, {"by": "owner"}).json()
    assert {each["kind"]: each["net_minor"] for each in owners if each["asset"] == "CNY"} == {
        "buyer_cash": 99_928_00,
        "provider_payable": 69_84,
    }
    assert {each["called"] for each in owners} >= {market.buyer.name, market.provider.name}
    programme = {
        each["kind"]: each["net_minor"] for each in clerk.get(sums, {"by": "programme"}).json()
    }
    assert programme == {"voucher_budget": -5_000_00, "voucher_pool": 0, "voucher": 5_000_00}
    (used,) = clerk.get(sums, {"by": "region"}).json()
    assert (used["asset"], used["credits_minor"], used["debits_minor"]) == ("CNY", 72_00, 0)
    assert clerk.get(sums, {"by": "luck"}).status_code == 400

    page = reverse("portal:book-sums")
    shown = {
        by: clerk.get(page, {"by": by, "month": "2026-11"}).content.decode()
        for by in ("owner", "programme", "region")
    }
    assert "¥69.84" in shown["owner"]
    assert "¥5,000.00" in shown["programme"]
    assert "¥72.00" in shown["region"]
    assert clerk.get(page, {"month": "soon"}).status_code == 200
    trial = reverse("portal:trial-as-of")
    form = clerk.get(trial).content.decode()
    key = form.split('name="key" value="')[1].split('"')[0]
    asked = clerk.post(trial, {"key": key, "effective": "2026-12-01T00:00+08:00"})
    assert "¥100,000.00" in clerk.get(asked["Location"]).content.decode()
    assert clerk.post(trial, {"key": key, "effective": "soon"}).status_code == 422
