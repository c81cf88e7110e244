"""Control on pages and over the API: contracts, findings, rules, samples, claw-backs."""

import json
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.claims.models import Recovery
from marketplace.vouchers.models import ControlFinding, SampleDraw, Voucher
from tests import cast
from tests.claims.cast import Claimed
from tests.factories.trade import approved
from tests.orders.cast import NOW, buyer, programme, voucher
from tests.settlement.cast import NOON
from tests.vouchers.cast import yuan
from tests.vouchers.controls import SELLER_USCC, asked, drafted, submit

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(role, organization):
    return cast.signed_in(cast.member(organization, role))


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def read(browser, page, *arguments, query=""):
    return browser.get(reverse(f"portal:{page}", args=arguments) + query, headers=ENGLISH)


def api(browser, path, body=None):
    if body is None:
        return browser.get(f"/api/v1/{path}")
    return browser.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def test_an_applicant_names_a_contract_and_bad_input_keeps_what_was_typed():
    city, owner = programme("1000"), buyer()
    one = drafted(city, owner)
    browser = signed_in(Role.BUYER, owner)
    typed = {
        "act": "contract",
        "seller_uscc": SELLER_USCC,
        "number": "HT-1",
        "signed_on": "2026-03-01",
        "amount": "1000",
    }

    wrong = send(browser, "application", one.pk, **typed | {"seller_uscc": "91"})
    right = send(browser, "application", one.pk, **typed)

    assert wrong.status_code == 422
    assert "unified social credit code is needed" in wrong.text
    assert 'value="HT-1"' in wrong.text
    assert right.status_code == 200
    assert "HT-1" in right.text
    assert "¥1,000.00" in right.text


def test_an_officer_decides_on_a_finding_and_is_led_to_the_next():
    city, owner = programme("1000"), buyer()
    for _n in range(2):
        asked(city, owner, "HT-1")
    clerk = signed_in(Role.ISSUER, city.issuer)

    queue = read(clerk, "control-findings")
    with tenancy.acting_as_platform():
        first, second = ControlFinding.objects.order_by("id")
    page = read(clerk, "control-finding", first.pk)
    held = read(clerk, "application-decide", first.application_id)
    silent = send(clerk, "control-finding", first.pk, is_confirmed="no", note="")
    done = send(clerk, "control-finding", first.pk, is_confirmed="no", note="another part")

    assert "waiting for a person: 2" in queue.text
    assert "The contract was supported before" in page.text
    assert first.number in held.text
    assert "History of the beneficiary" in held.text
    assert "Related parties" in held.text
    assert silent.status_code == 422
    assert done.redirect_chain[-1][0] == reverse("portal:control-finding", args=[second.pk])
    stranger = signed_in(Role.ISSUER, cast.organization("Other"))
    assert read(stranger, "control-finding", first.pk).status_code == 404


def test_an_auditor_reads_and_an_operator_proposes_another_version_of_a_rule():
    desk = cast.organization("Office")
    operator, auditor = (signed_in(role, desk) for role in (Role.OPERATOR, Role.AUDITOR))
    typed = {"severity": "BLOCK", "days": "14", "contracts": "4", "reason": "seen"}
    address = reverse("portal:control-rules") + "?rule=split_order"

    wrong = operator.post(address, {"key": uuid4(), **typed, "days": "0"}, headers=ENGLISH)
    sent = operator.post(address, {"key": uuid4(), **typed}, headers=ENGLISH, follow=True)

    assert wrong.status_code == 422
    assert "waits until another operator approves" in sent.text
    assert "One order is split" in read(auditor, "control-rules").text
    assert auditor.post(address, {"key": uuid4(), **typed}).status_code == 403
    assert len(api(auditor, "control-rules").json()["results"]) == 11


def test_a_sample_is_committed_to_and_drawn_on_pages():
    city = programme("1000")
    clerk = signed_in(Role.ISSUER, city.issuer)

    committed = send(clerk, "control-samples", programme_id=str(city.pk), percent="50")
    with tenancy.acting_as_platform():
        sample = SampleDraw.objects.get()
    seed = committed.text.split("draws the sample: ")[1][:64]
    wrong = send(clerk, "control-sample-draw", sample.pk, seed="00")
    drawn = send(clerk, "control-sample-draw", sample.pk, seed=seed)

    assert sample.commitment[:12] in committed.text
    assert wrong.status_code == 422
    assert "everybody can draw it again" in drawn.text


def test_control_over_the_api():
    city, owner = programme("1000"), buyer()
    asked(city, owner, "HT-1")
    one = drafted(city, owner)
    applicant = signed_in(Role.BUYER, owner)
    clerk = signed_in(Role.ISSUER, city.issuer)
    contract = {
        "seller_uscc": SELLER_USCC,
        "number": "ht 1",
        "signed_on": "2026-03-01",
        "amount_minor": 100,
    }
    path = f"voucher-applications/{one.pk}/contracts"

    assert api(applicant, path, contract | {"number": " "}).status_code == 400
    named = api(applicant, path, contract)
    submit(one)
    (finding,) = [
        each
        for each in api(clerk, "control-findings?state=OPEN").json()["results"]
        if each["application_id"] == str(one.pk)
    ]
    decided = api(
        clerk,
        f"control-findings/{finding['id']}/decision",
        {"is_confirmed": True, "note": "the same contract"},
    )
    refused = api(
        clerk,
        f"voucher-applications/{one.pk}/decision",
        {"decision": "APPROVE", "note": ""},
    )

    assert named.status_code == 201
    assert finding["code"] == "double_subsidy"
    assert decided.json()["state"] == "CONFIRMED"
    assert refused.status_code == 409
    assert refused.json()["code"] == "control_finding_confirmed"
    assert api(applicant, "control-findings").status_code == 403


def test_a_sample_over_the_api():
    city = programme("1000")
    clerk = signed_in(Role.ISSUER, city.issuer)

    made = api(clerk, "control-samples", {"programme_id": str(city.pk), "percent": 10}).json()
    drawn = api(clerk, f"control-samples/{made['id']}/draw", {"seed": made["secret_seed"]})

    assert drawn.json()["drawn"] == []
    assert "secret_seed" not in api(clerk, "control-samples").json()["results"][0]


def test_a_voucher_is_proposed_to_be_taken_back_on_a_page():
    city = programme("1000")
    card = voucher(buyer(), "100", city)
    clerk = signed_in(Role.ISSUER, city.issuer)
    typed = {"ground": "FALSE_EVIDENCE", "reason": "false", "evidence": "letter 7"}

    page = read(clerk, "voucher-claw-back", card.pk)
    wrong = send(clerk, "voucher-claw-back", card.pk, **typed | {"evidence": ""})
    sent = send(clerk, "voucher-claw-back", card.pk, **typed)

    assert "¥100.00" in page.text
    assert wrong.status_code == 422
    assert "Another person of your organisation decides" in sent.text
    with tenancy.acting_as_platform():
        assert Voucher.objects.get().state == "ACTIVE"


def test_both_sides_read_what_is_wanted_back_and_the_issuer_notes_what_was_paid():
    with time_machine.travel(NOON, tick=False):
        claimed = Claimed()
        claimed.take_back()
        clerk = signed_in(Role.ISSUER, claimed.programme.issuer)
        provider = cast.signed_in(claimed.clerk)
        with tenancy.acting_as_platform():
            recovery = Recovery.objects.get()

        seen = read(provider, "voucher-recoveries")
        over_api = api(provider, "voucher-recoveries").json()["results"]
        done = send(clerk, "voucher-recovery-repaid", recovery.pk, payment_reference="PAY-1")

        assert recovery.number in seen.text
        assert "to be paid back: 1" in seen.text
        assert "It is paid back" not in seen.text
        assert over_api[0]["amount_minor"] == yuan("18")
        assert "is paid back" in done.text
        again = api(
            clerk, f"voucher-recoveries/{recovery.pk}/repaid", {"payment_reference": "PAY-2"}
        )
        assert again.json()["code"] == "recovery_repaid"


def test_approved_applications_are_issued_at_once_over_the_api():
    city = programme("150")
    clerk = signed_in(Role.ISSUER, city.issuer)
    with tenancy.acting_as_platform():
        rows = [approved(asked(city, buyer())) for _n in range(2)]
    ids = [str(each.pk) for each in rows]

    said = api(clerk, "voucher-applications/issues", {"application_ids": [*ids, str(uuid4())]})
    empty = api(clerk, "voucher-applications/issues", {"application_ids": []})

    assert [each["code"] for each in said.json()] == ["", "programme_exhausted"]
    assert [bool(each["voucher_id"]) for each in said.json()] == [True, False]
    assert empty.status_code == 400
