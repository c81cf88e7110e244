"""Payments over HTTP: a buyer's own, and the finance desk's."""

from uuid import uuid4

import pytest

from common import clock, tenancy
from identity.approvals import selectors as proposals
from identity.contracts import Role
from marketplace import accounts
from marketplace.payments import references, services
from marketplace.payments.contracts import MATCH_KIND, DifferenceKind, MovementKind
from marketplace.payments.models import BankLine, MoneyDifference, Movement
from tests import cast as people
from tests.payments.cast import asked, available, buyer, paid_in

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
API = "/api/v1/"
HEAD = b"date,amount,reference,text,party,party_account\n"


def once() -> dict[str, str]:
    return {"HTTP_IDEMPOTENCY_KEY": uuid4().hex}


@pytest.fixture
def haichao():
    return buyer()


@pytest.fixture
def desk():
    office = people.organization("Desk")
    return [people.signed_in(people.member(office, Role.FINANCE)) for _n in range(2)]


@pytest.fixture
def paying(haichao):
    person = people.member(haichao, Role.BUYER)
    person.set_password(PASSWORD)  # Who has none cannot be asked for it again.
    person.save()
    return people.signed_in(person)


def imported(client, raw: bytes, name: str = "bank.csv", **headers: str):
    return client.post(
        f"{API}bank-statements?name={name}",
        raw,
        content_type="text/csv",
        **(once() | headers),
    )


def found() -> MoneyDifference:
    return services.note_difference(
        DifferenceKind.DISPUTED, uuid4().hex, now=clock.now(), channel="STRIPE"
    )


def test_a_buyer_sees_its_own_movements_and_how_to_pay_in(haichao, paying):
    other = asked(buyer(name="Other"), 3_00, MovementKind.TOP_UP)
    own = asked(haichao, 5_00, MovementKind.TOP_UP)

    seen = paying.get(f"{API}movements").json()["results"]
    narrowed = paying.get(f"{API}movements?kind=TOP_UP&amount_from=6.00").json()["results"]

    assert [each["id"] for each in seen] == [str(own.pk)]
    assert narrowed == []
    assert paying.get(f"{API}movements/{own.pk}").json()["amount_minor"] == 5_00
    assert paying.get(f"{API}movements/{other.pk}").status_code == 404
    told = paying.get(f"{API}payment-details").json()
    assert told["reference"] == references.of(haichao.uscc)
    assert told["takes_cards"] is False


def test_a_top_up_is_asked_for_once_however_often_it_is_sent(haichao, paying, gateway):
    key, body = once(), {"amount_minor": 50_00}
    first, again = (
        paying.post(f"{API}top-ups", body, content_type="application/json", **key)
        for _n in range(2)
    )

    assert (first.status_code, again.json()) == (201, first.json())
    with tenancy.acting_as_platform():
        assert Movement.objects.count() == 1
    for amount, code in ((0, 400), (99, 400), (10**12, 400), ("1.5", 400), (None, 400)):
        body = {"amount_minor": amount}
        reply = paying.post(f"{API}top-ups", body, content_type="application/json", **once())
        assert reply.status_code == code, amount


def test_without_a_gateway_a_top_up_says_so(paying):
    body = {"amount_minor": 50_00}
    reply = paying.post(f"{API}top-ups", body, content_type="application/json", **once())
    assert (reply.status_code, reply.json()["code"]) == (409, "channel_missing")


def test_money_goes_back_only_as_somebody_asks_who_has_just_signed_in(haichao, paying):
    with tenancy.acting_as_platform():
        source = paid_in(haichao, 100_00)
    body = {"source_id": str(source.pk), "amount_minor": 40_00}

    def ask():
        return paying.post(f"{API}refunds", body, content_type="application/json", **once())

    stale = ask()
    assert (stale.status_code, stale.json()["code"]) == (403, "recent_sign_in_required")
    paying.post("/accounts/reauthenticate/", {"password": PASSWORD})
    reply = ask()

    assert (reply.status_code, reply.json()["state"]) == (202, "REQUESTED")
    assert available(haichao) == 60_00
    [left] = paying.get(f"{API}payment-sources").json()["results"]
    assert (left["paid_in_minor"], left["taken_minor"]) == (100_00, 40_00)
    body["amount_minor"] = 70_00
    assert ask().json()["code"] == "source_exhausted"


def test_a_statement_is_imported_once_and_what_waits_is_matched_by_two(haichao, desk):
    clerk, other = desk
    raw = (
        HEAD
        + (
            f"2026-11-25,10.00,B1,{references.of(haichao.uscc)},Haichao,1\n"
            "2026-11-25,20.00,B2,unknown,Somebody,2\n"
        ).encode()
    )
    made = imported(clerk, raw)
    assert made.status_code == 201
    counts = ("lines_count", "new_count", "matched_count")
    assert [made.json()[each] for each in counts] == [2, 2, 1]
    assert imported(clerk, raw).json()["id"] == made.json()["id"]

    [line] = clerk.get(f"{API}bank-lines?state=UNMATCHED").json()["results"]
    body = {"organization_id": str(haichao.pk)}
    path = f"{API}bank-lines/{line['id']}/match"
    waits = clerk.post(path, body, content_type="application/json", **once())
    assert waits.status_code == 202
    with tenancy.acting_as_platform():
        proposal = proposals.waiting(kind=MATCH_KIND).get()
    decided = other.post(
        f"{API}approvals/{proposal.pk}/approve",
        {"content_hash": proposal.content_hash},
        content_type="application/json",
        **once(),
    )
    assert decided.status_code == 200
    assert available(haichao) == 30_00
    with tenancy.acting_as_platform():
        assert not BankLine.objects.exclude(state="MATCHED").exists()
    again = clerk.post(path, body, content_type="application/json", **once())
    assert (again.status_code, again.json()["code"]) == (409, "line_matched")


@pytest.mark.parametrize(
    "raw",
    [b"", b"date\n", b"<a/>", HEAD + b"2026-13-40,1.00,,,,\n", b"\xff\xfe\x00"],
    ids=["empty", "no amounts", "other XML", "no day", "no text"],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_taken(desk, raw):
    reply = imported(desk[0], raw)
    assert (reply.status_code, reply.json()["code"]) == (400, "statement_refused")
    with tenancy.acting_as_platform():
        assert not BankLine.objects.exists()


def test_a_difference_is_taken_on_handed_over_and_settled_once(desk):
    clerk, other = desk
    about = found()
    path = f"{API}money-differences/{about.pk}"
    assert [each["id"] for each in clerk.get(f"{API}money-differences?owned=no").json()["results"]]

    def act(client, name: str, **body: str):
        return client.post(f"{path}/{name}", body, content_type="application/json", **once())

    first = act(clerk, "take", note="asked the bank").json()
    second = act(other, "take").json()
    settled = act(other, "settle", resolution="booked")

    assert (first["note"], second["note"]) == ("asked the bank", "asked the bank")
    assert first["owner_id"] != second["owner_id"] == settled.json()["owner_id"]
    assert act(clerk, "settle", resolution="again").json()["code"] == "difference_settled"
    assert act(clerk, "take").json()["code"] == "difference_settled"
    assert act(clerk, "settle", resolution=" ").status_code == 400
    assert clerk.get(f"{API}money-differences?state=open").json()["results"] == []


def test_reconciling_is_asked_for_once_and_clearing_is_seen(haichao, desk):
    clerk = desk[0]
    accounts.install_chart()
    one, two = (
        clerk.post(f"{API}reconciliations", {}, content_type="application/json", **once())
        for _n in range(2)
    )
    assert (one.status_code, one.json()["id"]) == (202, two.json()["id"])
    imported(clerk, HEAD + b"2026-11-25,20.00,B2,unknown,Somebody,2\n")
    seen = clerk.get(f"{API}clearing-accounts").json()
    held = {each["account"]: (each["held_minor"], each["under_way_minor"]) for each in seen}
    assert held == {
        "clearing_in:CNY": (20_00, 20_00),
        "clearing_out:BANK": (0, 0),
        "clearing_out:STRIPE": (0, 0),
    }


def test_nobody_but_the_desk_sees_what_the_bank_says(paying):
    for name in ("bank-statements", "bank-lines", "money-differences", "clearing-accounts"):
        assert paying.get(f"{API}{name}").status_code == 403
    assert imported(paying, HEAD).status_code == 403
