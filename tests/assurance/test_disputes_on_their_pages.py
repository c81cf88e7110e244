"""Disputes on pages and over HTTP: opened from an order, answered, decided by two."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common import clock, tenancy
from identity.contracts import Role
from identity.models import User
from marketplace.assurance import services
from marketplace.assurance.models import TradeDispute
from tests import cast
from tests.assurance.disputes import Disputing

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def case():
    return Disputing()


def of(person):
    return cast.signed_in(User.objects.get(pk=person.id))


def send(browser, name, *args, **values):
    address = reverse(f"portal:{name}", args=args)
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_a_dispute_goes_its_way_on_its_pages(case):
    buyer, provider = of(case.buyer), of(case.clerk)
    assert reverse("portal:dispute-open", args=[case.order.pk]) in buyer.get(
        reverse("portal:order", args=[case.order.pk]), headers=ENGLISH
    ).text.replace("&amp;", "&")
    given = {"about": "CHARGE:", "subject_reference": "first hour", "claim": "it stood still"}
    wrong = send(buyer, "dispute-open", case.order.pk, claimed_minor="72.01", **given)
    assert "At most ¥72.00: so much was paid for it" in wrong.text
    evidence = SimpleUploadedFile("log.csv", b"hour,cards\n12,0\n", "text/csv")
    opened = send(
        buyer, "dispute-open", case.order.pk, claimed_minor="30.00", file=evidence, **given
    )
    assert "The dispute is open" in opened.text
    with tenancy.acting_as_platform():
        found = TradeDispute.objects.get()
    assert [each["name"] for each in found.files] == ["log.csv"]
    second = buyer.get(reverse("portal:dispute-open", args=[case.order.pk]), headers=ENGLISH)
    assert f"Under way about this contract: {found.number}." in second.text

    assert found.number in provider.get(reverse("portal:disputes"), headers=ENGLISH).text
    operator = of(case.operator)
    content = reverse("file-content", args=[found.files[0]["file_id"]])
    for reader in (buyer, provider, operator):
        assert content in reader.get(reverse("portal:dispute", args=[found.pk])).text
        assert b"".join(reader.get(content).streaming_content) == b"hour,cards\n12,0\n"
    assert (
        of(Disputing.person(cast.organization("Stranger"), "BUYER")).get(content).status_code == 404
    )
    auditor = of(Disputing.person(cast.organization("Audit"), "AUDITOR"))
    seen = auditor.get(reverse("portal:dispute", args=[found.pk])).text
    assert "log.csv" in seen
    assert content not in seen
    assert "Answered" in send(provider, "dispute-answer", found.pk, text="it ran").text
    beyond = send(operator, "dispute-decide", found.pk, awarded_minor="30.01", decision="half")
    assert "from ¥0.00 to ¥30.00" in beyond.text
    told = send(operator, "dispute-decide", found.pk, awarded_minor="10.00", decision="half")
    assert "waits until another operator approves it" in told.text
    case.decide_waiting(found)
    assert "On the record" in send(buyer, "dispute-appeal", found.pk, text="more").text.replace(
        "on the record", "On the record"
    )
    assert "1" in operator.get(reverse("portal:dispute-months"), headers=ENGLISH).text
    earlier = operator.get(reverse("portal:dispute-months") + "?until=1999-12", headers=ENGLISH)
    assert "Two years until 1999-12" in earlier.text
    assert "?until=1997-12" in earlier.text


def test_decisions_that_were_appealed_against_stay_readable(case):
    dispute = case.open(30_00, at=clock.now())
    case.answer(dispute, at=clock.now())
    case.decide(dispute, 10_00, at=clock.now(), why="the meter shows a third")
    services.appeal(dispute_id=dispute.pk, text="more", by=case.buyer, now=clock.now())
    page = reverse("portal:dispute", args=[dispute.pk])
    assert "Earlier decision" not in of(case.buyer).get(page, headers=ENGLISH).text
    case.decide(dispute, 20_00, at=clock.now(), why="two thirds")
    for reader in (case.buyer, case.clerk, case.operator):
        seen = of(reader).get(page, headers=ENGLISH).text
        assert "Earlier decision: ¥10.00" in seen
        assert "the meter shows a third" in seen
        assert "two thirds" in seen


def test_it_is_disputed_where_the_fault_is_seen():
    case = Disputing(share="0.30")
    buyer, provider = of(case.buyer), of(case.clerk)
    (charge,) = case.market.charges(case.order)
    form = reverse("portal:dispute-open", args=[case.order.pk])

    def leads(browser, address):
        return f"{form}?about=" in browser.get(address, headers=ENGLISH).text

    seen = reverse("portal:charge", args=[charge.pk])
    assert leads(buyer, seen)
    assert not leads(provider, seen)
    assert leads(buyer, reverse("portal:order", args=[case.order.pk]))
    assert leads(buyer, reverse("portal:vouchers"))
    filled = buyer.get(f"{form}?about=CHARGE:{charge.pk}", headers=ENGLISH).text
    assert f'value="CHARGE:{charge.pk}" selected' in filled
    assert "goes back to the voucher" in filled

    cover = {"claim": "not delivered", "claimed_minor": "21.60"}
    with tenancy.acting_as_platform():
        voucher = case.contract.funds.get(voucher_id__isnull=False)
    opened = send(
        buyer, "dispute-open", case.order.pk, about=f"COVER:{voucher.voucher_id}", **cover
    )
    assert "never to cash" in opened.text


def test_a_dispute_goes_its_way_over_http(case):
    buyer, provider = of(case.buyer), of(case.clerk)
    body = {
        "contract_id": str(case.contract.pk),
        "subject": "DELIVERY",
        "subject_reference": "second hour",
        "claim": "no machine",
        "claimed_minor": 20_00,
    }
    made = post(buyer, "disputes", body)
    assert (made.status_code, made.json()["state"], made.json()["frozen_minor"]) == (
        201,
        "OPEN",
        20_00,
    )
    again = post(buyer, "disputes", body)
    assert (again.status_code, again.json()["code"]) == (409, "dispute_under_way")
    address = f"disputes/{made.json()['id']}"
    assert post(provider, f"{address}/answer", {"text": "it ran"}).json()["state"] == "ANSWERED"
    decision = {"awarded_minor": 5_00, "decision": "a quarter"}
    assert post(of(case.operator), f"{address}/decision", decision).status_code == 202
    assert len(provider.get("/api/v1/disputes").json()["results"]) == 1
    (month,) = of(case.operator).get("/api/v1/disputes/months").json()
    assert of(case.operator).get("/api/v1/disputes/months?until=1999-12").json() == []
    assert of(case.operator).get("/api/v1/disputes/months?until=x").status_code == 400
    assert (month["opened"], month["claimed_minor"]) == (1, 20_00)
    assert post(buyer, f"{address}/withdraw", None).json()["state"] == "WITHDRAWN"


def post(browser, path, body):
    return browser.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_an_order_of_which_nothing_was_charged_offers_no_dispute(case):
    order = case.market.order(cards=1, hours=1)
    buyer = of(case.buyer)
    form = reverse("portal:dispute-open", args=[order.pk])

    told = buyer.get(form, follow=True, headers=ENGLISH)

    assert told.redirect_chain[0][0] == reverse("portal:order", args=[order.pk])
    assert "there is nothing to dispute" in told.text
    assert form not in told.text
    assert of(case.clerk).get(form).status_code == 403


def test_each_party_reads_the_months_of_its_own_and_takes_them_along(case):
    case.open(30_00, at=clock.now())
    months = reverse("portal:dispute-months")
    stranger = of(case.person(cast.organization("Other"), Role.BUYER))

    own = [of(each).get("/api/v1/disputes/months").json() for each in (case.buyer, case.clerk)]
    page = of(case.buyer).get(months, headers=ENGLISH).text
    file = of(case.operator).get(f"{months}?file=csv")

    assert [[each["claimed_minor"] for each in found] for found in own] == [[30_00], [30_00]]
    assert "file=csv" in page
    head, row = file.content.decode("utf-8-sig").split("\r\n")[:2]
    assert head.startswith("month,opened,lapsed,won,appealed,claimed,awarded")
    assert row.split(",")[1:7] == ["1", "0", "0", "0", "30.00", "0.00"]
    assert stranger.get("/api/v1/disputes/months").json() == []
    assert "csv" in file["Content-Disposition"]


def test_nobody_else_reads_a_dispute(case):
    dispute = case.open(at=clock.now())
    stranger = of(Disputing.person(cast.organization("Stranger"), "BUYER"))

    assert stranger.get(reverse("portal:dispute", args=[dispute.pk])).status_code == 404
    assert stranger.get(f"/api/v1/disputes/{dispute.pk}").status_code == 404
    assert stranger.get("/api/v1/disputes").json()["results"] == []
