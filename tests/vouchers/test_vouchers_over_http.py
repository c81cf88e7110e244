import json
from uuid import uuid4

import pytest
import time_machine

from common import tenancy
from identity.contracts import Role
from marketplace import accounts
from marketplace.vouchers.models import Programme
from tests.cast import NOW, member, organization, signed_in
from tests.orders import cast
from tests.orders.cast import buyer, programme, voucher
from tests.vouchers.cast import rules_data, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def browser(owner, *roles):
    return signed_in(member(owner, *roles))


def post(client, path, body):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def approve(client, proposed):
    """Approve what was read of a proposal."""
    waiting = proposed.json()
    seen = {"content_hash": waiting["content_hash"]}
    return post(client, f"approvals/{waiting['proposal_id']}/approve", seen)


def new_programme(**changes):
    return {
        "code": "CHENGDU-2025",
        "name": "成都算力券",
        "name_en": "Chengdu compute vouchers",
        "region": "510100",
        "rules": rules_data(),
        "source": "a notice",
    } | changes


def test_from_programme_to_voucher_over_http():
    accounts.install_chart()
    office = organization("Office")
    issuer, second, applicant = browser(office, Role.ISSUER), browser(office, Role.ISSUER), buyer()
    client = browser(applicant, Role.BUYER)

    proposed = post(issuer, "programmes", new_programme())
    assert proposed.status_code == 202
    assert not Programme.objects.exists()
    own = approve(issuer, proposed)
    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    made = {"id": approve(second, proposed).json()["result_id"]}
    funded = post(
        issuer,
        f"programmes/{made['id']}/fundings",
        {"amount_minor": yuan("1000"), "reference": "2026"},
    )
    asked = post(
        client,
        "voucher-applications",
        {"programme_id": made["id"], "amount_minor": yuan("300")},
    ).json()
    address = f"voucher-applications/{asked['id']}"
    reviewed = post(issuer, f"{address}/decision", {"decision": "APPROVE"}).json()
    alone = post(issuer, f"{address}/decision", {"decision": "APPROVE"})
    early = post(issuer, f"{address}/issue", {})
    decided = post(second, f"{address}/decision", {"decision": "APPROVE"}).json()
    card = post(second, f"{address}/issue", {})
    shown = client.get(f"/api/v1/vouchers/{card.json()['id']}").json()
    steps = client.get(f"/api/v1/{address}/steps").json()

    assert funded.status_code == 201
    assert asked["state"] == "APPLIED"
    assert asked["voucher_id"] is None
    assert asked["beneficiary"] == "STANDARD"
    assert {line["outcome"] for line in asked["checks"]} == {"MET"}
    assert reviewed["state"] == "REVIEWED"
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person_required")
    assert (early.status_code, early.json()["code"]) == (409, "application_already_decided")
    assert decided["state"] == "APPROVED"
    assert card.status_code == 201
    assert {each["step"] for each in steps} == {"SUBMIT", "REVIEW", "APPROVE", "ISSUE"}
    assert shown["state"] == "ACTIVE"
    assert shown["balance"] == {
        "available_minor": yuan("300"),
        "held_minor": 0,
        "used_minor": 0,
        "returned_minor": 0,
    }
    now = client.get(f"/api/v1/programmes/{made['id']}").json()
    assert (now["funded_minor"], now["pool_minor"]) == (yuan("1000"), yuan("700"))
    assert client.get("/api/v1/programmes").json()["results"][0]["rules"] == rules_data()


BAD = {
    "no rules": {"rules": {}},
    "small letters": {"code": "chengdu"},
    "a newline": {"code": "CHENG\nDU"},
    "no source": {"source": ""},
    "unknown field": {"bonus": 1},
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_programme_is_refused_and_nothing_is_left(case):
    accounts.install_chart()
    issuer = browser(organization("Office"), Role.ISSUER)

    answer = post(issuer, "programmes", new_programme(**BAD[case]))

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert not Programme.objects.exists()


def test_rules_that_are_wrong_name_the_member():
    accounts.install_chart()
    issuer = browser(organization("Office"), Role.ISSUER)

    answer = post(issuer, "programmes", new_programme(rules=rules_data(validity_days=0))).json()

    assert answer["code"] == "invalid_programme_rules"
    assert answer["path"] == "validity_days"


def test_another_issuer_cannot_fund_or_decide():
    city = programme()
    asked = voucher(buyer(), "10", city).application_id
    other = browser(organization("Other office"), Role.ISSUER)

    funded = post(other, f"programmes/{city.pk}/fundings", {"amount_minor": 1, "reference": "x"})
    decided = post(other, f"voucher-applications/{asked}/decision", {"decision": "REJECT"})

    assert (funded.status_code, decided.status_code) == (404, 404)
    assert cast.pool(city) == yuan("1000000") - yuan("10")


def test_a_wallet_is_its_holders_alone():
    city = programme()
    haichao = buyer()
    mine, theirs = voucher(haichao, "10", city), voucher(buyer(), "10", city)
    client = browser(haichao, Role.BUYER)

    assert [row["id"] for row in client.get("/api/v1/vouchers").json()["results"]] == [str(mine.pk)]
    assert client.get(f"/api/v1/vouchers/{theirs.pk}").status_code == 404
    with tenancy.acting_as_platform():
        asked = theirs.application_id
    assert client.get(f"/api/v1/voucher-applications/{asked}").status_code == 404


def test_an_issuer_takes_a_voucher_back():
    city = programme()
    card = voucher(buyer(), "10", city)
    issuer, path = browser(city.issuer, Role.ISSUER), f"vouchers/{card.pk}/claw-back"
    facts = {"ground": "FALSE_EVIDENCE", "reason": "misuse", "evidence": "letter 7"}

    assert post(issuer, path, facts | {"ground": "WHIM"}).status_code == 400
    proposed = post(issuer, path, facts)
    approved = approve(browser(city.issuer, Role.ISSUER), proposed)

    assert (proposed.status_code, approved.status_code) == (202, 200)
    card.refresh_from_db()
    assert (card.state, card.returned_minor) == ("CLAWED_BACK", yuan("10"))
