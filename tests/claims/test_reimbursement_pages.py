"""Pages and API of reimbursements: a buyer asks, two persons decide, a payer sees its part."""

from uuid import uuid4

import pytest

from common import tenancy
from identity.contracts import Role
from identity.models import User
from marketplace.claims import services
from marketplace.claims.models import Reimbursement
from marketplace.claims.reimbursement_contracts import ReimbursementState
from tests import cast
from tests.claims.reimbursed import LATER, Reimbursing, officer, stands
from tests.claims.test_claim_pages import address, hidden, reading, sent

pytestmark = pytest.mark.django_db


def person(of) -> User:
    return User.objects.get(pk=of.id)


def only() -> Reimbursement:
    with tenancy.acting_as_platform():
        return Reimbursement.objects.get()


def test_a_buyer_sees_what_a_request_comes_to_submits_it_and_two_persons_grant_it():
    world = Reimbursing()
    buyer, wish = reading(world.clerk), world.wish()
    typed = {"since": wish.since, "until": wish.until, "programme_id": world.programme.pk}
    path = address("reimbursement-new")
    preview = buyer.post(path, typed | {"key": hidden(buyer.get(path), "key")})
    assert "It comes to ¥36.00" in preview.content.decode()
    answer = sent(buyer, path, **typed)
    row = only()
    assert answer.headers["Location"] == address("reimbursement", row.pk)
    page = buyer.get(answer.headers["Location"]).content.decode()
    assert "60%" in page.replace(" ", "")
    assert "川府发" in page

    for each in world.officers[:2]:
        browser = reading(person(each))
        assert row.number in browser.get(address("reimbursements")).content.decode()
        sent(browser, address("reimbursement", row.pk), decision="APPROVE", note="")
    assert only().state == ReimbursementState.APPROVED


def test_what_nothing_is_granted_of_is_said_beside_the_form():
    world = Reimbursing(rates=[{**NOTHING, "resource_class": "HPC"}])
    buyer, wish = reading(world.clerk), world.wish()
    typed = {"since": wish.since, "until": wish.until, "programme_id": world.programme.pk}
    path = address("reimbursement-new")

    answer = buyer.post(path, typed | {"key": hidden(buyer.get(path), "key")})

    assert answer.status_code == 422
    assert "does not support this class" in answer.content.decode()


def test_a_payer_reads_its_part_and_its_file_names_the_buyers_account():
    world = Reimbursing(funding=HALVES)
    bureau = cast.organization("Bureau")
    path = address("programme-payers", world.programme.pk)
    owner = reading(person(world.officers[0]))
    assert sent(owner, path, source="province", payer=bureau.uscc).status_code == 302
    row = stands(world.granted())
    world.hand_over()
    payer = reading(person(officer(bureau)))

    page = payer.get(address("claim-shares")).content.decode()
    file = payer.get(address("claim-batch-file", "csv"), {"batch": "B-1"}).content.decode()

    assert row.claim.number in page
    assert "18.00" in page
    assert "18.00" in file
    assert f"{row.claim.number}" in file
    assert "RF" in file
    assert payer.get(address("voucher-claim", row.claim_id)).status_code == 200


def test_who_knows_better_objects_while_it_is_public():
    world = Reimbursing(publicity_days=90)
    row = world.granted()
    stranger = cast.organization("Stranger")
    browser = reading(cast.member(stranger, Role.PROVIDER))
    assert row.number in browser.get(address("publicity")).content.decode()
    path = address("reimbursement-object", row.pk)
    assert sent(browser, path, note="a relative").status_code == 302
    clerk = reading(person(world.officers[2]))
    assert "a relative" in clerk.get(address("reimbursement", row.pk)).content.decode()
    path = address("reimbursement-answer", row.pk, stranger.pk)
    assert sent(clerk, path, note="no tie is known").status_code == 302
    path = address("reimbursement-reject", row.pk)
    assert sent(clerk, path, note="wrong").status_code == 302
    assert stands(row).state == ReimbursementState.REJECTED


def test_the_api_asks_decides_and_tells_strangers_nothing():
    world = Reimbursing()
    wish, programme_id = world.wish(), str(world.programme.pk)
    body = {"programme_id": programme_id, "since": f"{wish.since}", "until": f"{wish.until}"}
    buyer = cast.signed_in(world.clerk)
    made = post(buyer, "/api/v1/reimbursements", body)
    path = f"/api/v1/reimbursements/{made['id']}"
    assert made["amount_minor"] == 36_00
    for each in world.officers[:2]:
        post(cast.signed_in(person(each)), f"{path}/decision", {"decision": "APPROVE"})
    told = buyer.get(path).json()
    assert (told["state"], told["lines"][0]["amount_minor"]) == ("APPROVED", 36_00)
    claim = buyer.get(f"/api/v1/voucher-claims/{told['claim_id']}").json()
    assert [each["amount_minor"] for each in claim["shares"]] == [36_00]
    stranger = cast.signed_in(cast.member(cast.organization("Stranger"), Role.BUYER))
    assert stranger.get(path).status_code == 404
    facts = {"ground": "FALSE_EVIDENCE", "reason": "false", "evidence": "letter 7"}
    first = cast.signed_in(person(world.officers[0]))
    assert post(first, f"{path}/claw-back", facts)["kind"] == "claims.claw_back"


def test_a_buyer_withdraws_what_is_not_granted_yet():
    world = Reimbursing()
    row = world.ask()
    buyer = reading(world.clerk)
    assert sent(buyer, address("reimbursement-withdraw", row.pk)).status_code == 302
    assert stands(row).state == ReimbursementState.WITHDRAWN
    assert services.grant_published(now=LATER) == 0


def post(browser, path: str, body: dict) -> dict:
    answer = browser.post(
        path,
        body,
        content_type="application/json",
        headers={"Idempotency-Key": f"{uuid4()}"},
    )
    assert answer.status_code in (200, 201, 202), answer.content
    return answer.json()


NOTHING = {"beneficiary": "ANY", "resource_class": "ANY", "chip_origin": "ANY", "share": "0.5"}
HALVES = [{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}]
