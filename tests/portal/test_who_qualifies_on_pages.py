"""Whether one qualifies, on pages: a buyer by its evidence, everybody as they say."""

import json
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from identity.contracts import Role
from tests import cast, factories
from tests.orders.cast import NOW, buyer, programme, voucher
from tests.vouchers.cast import rate
from tests.vouchers.published import rules_2

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CHENGDU = {
    "regions": {"table": "2024-01-01", "codes": ["510100"]},
    "certificates": ["HIGH_TECH"],
}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def city():
    return factories.ProgrammeFactory(code="CHENGDU", rules=rules_2(beneficiaries=CHENGDU))


def page_of(owner, name="my-programmes"):
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    return browser.get(reverse(f"portal:{name}"), headers=ENGLISH)


def answers(page):
    return {card.programme.code: card for card in page.context["cards"]}


def test_a_buyer_reads_where_it_qualifies_and_which_evidence_is_missing(city):
    programme("1000")
    programme("1000", code="YOUNG", rates=[rate("0.5", beneficiary="STARTUP")])
    here = buyer()

    page = page_of(here)

    found = answers(page)
    assert next((code, card.answer) for code, card in found.items()) == ("CITY", "You qualify")
    assert found["YOUNG"].answer == "Unknown: evidence is missing"
    assert found["YOUNG"].asks_evidence
    assert reverse("portal:certificate-ask") in page.text
    assert reverse("portal:voucher-apply", args=["CITY"]) in page.text


def test_a_programme_of_another_city_says_why_not_with_its_clause(city):
    away = factories.BuyerFactory(region="110101")

    card = answers(page_of(away))["CHENGDU"]

    assert card.answer == "You do not qualify"
    assert not card.may_apply
    assert card.because.startswith("because of: Region (第")


def test_a_stranger_checks_without_an_account_and_nothing_is_kept(city):
    programme("1000")
    address = reverse("portal:eligible")
    client = Client()

    first = client.get(address, headers=ENGLISH)
    said = "?region=510116&size=SMALL&certificates=HIGH_TECH"
    told = client.get(address + said, headers=ENGLISH)
    wrong = client.get(address + "?region=999999&industry=factory", headers=ENGLISH)

    assert first.status_code == 200
    assert answers(told)["CHENGDU"].answer == "You qualify"
    assert reverse("portal:voucher-apply", args=["CITY"]) not in told.text
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"region", "industry"}


def test_the_same_is_asked_over_the_api(city):
    reply = Client().get("/api/v1/programme-fits/check?region=110101&certificates=SME")
    wrong = Client().get("/api/v1/programme-fits/check?size=HUGE&colour=red")

    assert reply.json()[0]["outcome"] == "NOT_MET"
    lines = {line["rule"]: line for line in reply.json()[0]["lines"]}
    assert lines["beneficiaries.regions"]["outcome"] == "NOT_MET"
    assert lines["beneficiaries.regions"]["clause"]
    assert wrong.status_code == 400


def test_the_wallet_tells_what_is_lost_at_the_rate_of_use():
    owner, city = buyer(), programme("1000")
    voucher(owner, "100", city)

    page = page_of(owner, "vouchers")

    assert "At your rate of ¥0.00 in 30 days you lose ¥100.00" in page.text


def test_a_batch_is_applied_for_and_decided_over_the_api():
    city, school = programme("1000"), buyer()
    browser = cast.signed_in(cast.member(school, Role.BUYER))
    officers = [cast.signed_in(cast.member(city.issuer, Role.ISSUER)) for _each in range(2)]

    def post(client, address, body):
        return client.post(
            f"/api/v1/voucher-batches{address}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

    lines = [{"name": "Li", "amount_minor": 100}, {"name": "Wang", "amount_minor": 200}]
    body = {"programme_id": str(city.pk), "name": "Class 3", "lines": lines}
    made = post(browser, "", body).json()
    for officer in officers:
        reply = post(officer, f"/{made['id']}/decision", {"decision": "APPROVE"})
        assert reply.json() == {"count": 2}
    issued = post(officers[1], f"/{made['id']}/issue", {})
    seen = browser.get(f"/api/v1/voucher-batches/{made['id']}").json()

    assert issued.json() == {"count": 2}
    assert [line["state"] for line in seen["lines"]] == ["ISSUED", "ISSUED"]
    assert len({line["voucher_number"] for line in seen["lines"]}) == 2


def test_programmes_for_an_industry_are_found_and_begin_from_its_template():
    programme("1000")
    made = factories.ProgrammeFactory(
        code="MAKERS", rules=rules_2(beneficiaries={"industries": ["C39"]})
    )
    browser = cast.signed_in(cast.member(buyer(), Role.BUYER))
    officer = cast.signed_in(cast.member(made.issuer, Role.ISSUER))
    address, new = reverse("portal:my-programmes"), reverse("portal:programme-draft-new")

    found = browser.get(address + "?industry=manufacturing", headers=ENGLISH)
    none = browser.get(address + "?industry=health", headers=ENGLISH)
    form = officer.get(new + "?industry=education", headers=ENGLISH)

    assert list(answers(found)) == ["MAKERS"]
    assert "No programme names this industry" in none.text
    assert "Teaching compute vouchers" in form.text
    assert form.context["outlook"].lacking
    assert (
        "Begin with an industry"
        in officer.get(reverse("portal:programme-drafts"), headers=ENGLISH).text
    )
