"""A buyer pays a trade itself and is reimbursed: decided by the rule of orders, by two, once."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import SecondPersonRequired
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.claims import evidence, services
from marketplace.claims.contracts import ClaimState, GroundNotNamed
from marketplace.claims.models import ClaimPart, ClaimShare, Recovery, ReimbursementLine
from marketplace.claims.reimbursement_contracts import (
    EvidenceMissing,
    InvalidReimbursementPeriod,
    NothingToReimburse,
    PayeeRefused,
    PaymentNotArrived,
    ReimbursementClosed,
    ReimbursementMoved,
    ReimbursementNotFound,
    ReimbursementObjected,
    ReimbursementState,
)
from marketplace.vouchers import programme_2
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.terms import ClawBackGround
from tests import cast, factories
from tests.claims.reimbursed import LATER, Reimbursing, officer, stands
from tests.orders.cast import pool
from tests.settlement.cast import is_balanced
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
S = ReimbursementState


def lines_of(row) -> list[ReimbursementLine]:
    with tenancy.acting_as_platform():
        return list(row.lines.order_by("id"))


def test_sixty_per_cent_of_what_was_paid_is_granted_by_two_and_paid_into_the_buyers_account():
    world = Reimbursing()
    row = world.ask()
    (line,) = lines_of(row)
    assert (row.amount_minor, line.base_minor, line.amount_minor) == (36_00, 60_00, 36_00)
    assert line.explained["clause"].startswith("川府发")

    with pytest.raises(SecondPersonRequired):
        world.check(world.review(row), by=world.officers[0])
    world.check(row)

    assert pool(world.programme) == yuan("1000") - 36_00
    (claim,) = world.hand_over()
    with pytest.raises(PaymentNotArrived):
        world.pay(row)
    world.arrive(36_00, "PAY-1")
    paid = world.pay(row)

    assert (paid.pk, paid.state) == (claim.pk, ClaimState.PAID)
    assert stands(row).state == S.PAID
    with tenancy.acting_as_platform():
        cash = ledger.balances([accounts.buyer_cash(world.buyer.pk)])
    assert cash[accounts.buyer_cash(world.buyer.pk)].posted == yuan("100000") - 60_00 + 36_00
    assert is_balanced()


def test_a_trade_is_reimbursed_once_and_a_request_at_a_time():
    world = Reimbursing()
    row = world.ask()
    with pytest.raises(NothingToReimburse):
        world.ask()
    world.check(world.review(row))

    with pytest.raises(NothingToReimburse):
        world.ask()
    (line,) = lines_of(row)
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        ReimbursementLine.objects.create(
            reimbursement_id=row.pk,
            programme_id=row.programme_id,
            issuer_id=row.issuer_id,
            applicant_id=row.applicant_id,
            trade_record_id=line.trade_record_id,
            contract_id=line.contract_id,
            base_minor=1,
            amount_minor=1,
        )


def test_what_a_voucher_of_the_programme_paid_is_not_reimbursed_by_it():
    world = Reimbursing(mode="BOTH", payee="EITHER")
    factories.VoucherFactory(
        holder=world.buyer, programme=world.programme, amount="10", at=LATER - timedelta(days=4)
    )
    world.trade("4", later=1)

    row = world.ask()

    refused = [each for each in lines_of(row) if not each.is_live]
    assert [each.explained["refused"] for each in refused] == ["OFFSET"]
    assert row.amount_minor == 36_00


def test_withdrawn_and_rejected_requests_let_their_trades_go():
    world = Reimbursing()
    row = world.ask()
    services.withdraw_reimbursement(
        reimbursement_id=row.pk,
        applicant_id=world.buyer.pk,
        person_id=world.clerk.pk,
        now=LATER,
    )
    again = world.ask()
    services.reject_reimbursement(
        reimbursement_id=again.pk, by=world.officers[0], now=LATER, note="no fapiao"
    )

    assert world.ask().amount_minor == 36_00
    with pytest.raises(ReimbursementMoved):
        world.review(again)


def test_caps_cut_to_the_fen_with_their_clause_and_count_what_was_granted():
    world = Reimbursing(limits={"per_entity_year_minor": 40_00})
    world.granted()
    world.trade("4", later=1)

    row = world.ask()

    assert row.amount_minor == 4_00
    cut = next(each for each in lines_of(row) if each.is_live).explained["cuts"][0]
    assert cut["limit"] == "ENTITY_YEAR_CAP"
    assert "第11条" in cut["clause"]
    world.check(world.review(row))
    with tenancy.acting_as_platform():
        found = vouchers_selectors.issued_in_year(
            programme_id=world.programme.pk, holder_id=world.buyer.pk, year=2026
        )
    assert found == 40_00


def test_nothing_is_granted_beyond_the_pool():
    world = Reimbursing(pool="20")

    row = world.granted()

    assert row.amount_minor == 20_00
    assert pool(world.programme) == 0
    assert is_balanced()


def test_it_is_public_for_its_days_and_waits_for_objections():
    world = Reimbursing(publicity_days=5)
    row = world.granted()
    assert row.state == S.PUBLISHED
    stranger = cast.organization("Stranger")
    by = Person(cast.member(stranger).pk, stranger.pk)
    facts = {"reimbursement_id": row.pk, "by": by, "now": LATER}
    services.object_to_reimbursement(reason="a relative", **facts)
    with pytest.raises(ReimbursementObjected):
        services.object_to_reimbursement(reason="again", **facts)

    over = LATER + timedelta(days=6)
    assert services.grant_published(now=over) == 0
    services.answer_reimbursement_objection(
        reimbursement_id=row.pk,
        organization_id=stranger.pk,
        by=world.officers[0],
        answer="no tie is known",
        now=over,
    )
    assert services.grant_published(now=over) == 1
    assert stands(row).state == S.APPROVED


def test_what_was_not_paid_goes_back_to_pool_and_caps():
    world = Reimbursing()
    row = world.granted()
    world.hand_over()

    services.return_claim(
        claim_id=row.claim_id, reason="the bank sent it back", by=world.officers[2], now=LATER
    )

    assert stands(row).state == S.RETURNED
    assert pool(world.programme) == yuan("1000")
    with tenancy.acting_as_platform():
        assert (
            not vouchers_selectors.reimbursed_in_year(holder_ids=[world.buyer.pk], year=2026)
            .get(world.buyer.pk, {})
            .get(world.programme.code)
        )
    assert world.ask().amount_minor == 36_00
    assert is_balanced()


@pytest.mark.parametrize("is_paid", [False, True])
def test_two_people_take_it_back(is_paid):
    world = Reimbursing()
    row = world.granted()
    if is_paid:
        world.hand_over()
        world.arrive(36_00, "PAY-1")
        world.pay(row)
    facts = {"reimbursement_id": row.pk, "reason": "false", "evidence": "letter 7", "now": LATER}
    with pytest.raises(GroundNotNamed):
        services.propose_reimbursement_claw_back(
            ground=ClawBackGround.NOT_USED, by=world.officers[0], **facts
        )
    proposed = services.propose_reimbursement_claw_back(
        ground=ClawBackGround.FALSE_EVIDENCE, by=world.officers[0], **facts
    )
    second = world.officers[1]
    services.confirm_claw_back(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=LATER,
    )

    with tenancy.acting_as_platform():
        wanted = list(Recovery.objects.values_list("payee_id", "amount_minor"))
    assert wanted == ([(world.buyer.pk, 36_00)] if is_paid else [])
    assert pool(world.programme) == yuan("1000") - (36_00 if is_paid else 0)
    assert is_balanced()


def test_each_payer_pays_its_part_and_the_parts_are_the_claim():
    funding = [{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}]
    world = Reimbursing(funding=funding, rates=[RATE_OF_A_THIRD])
    bureau = cast.organization("Bureau")
    services.set_payer(
        programme_id=world.programme.pk,
        source="province",
        payer_id=bureau.pk,
        by=world.officers[0],
        now=LATER,
    )
    row = world.granted()
    assert row.amount_minor == 19_99
    world.hand_over()
    with tenancy.acting_as_platform():
        shares = dict(ClaimShare.objects.values_list("source", "amount_minor"))
        parts = dict(ClaimPart.objects.values_list("source", "amount_minor"))
    assert shares == parts == {"province": 10_00, "city": 9_99}

    world.arrive(9_99, "CITY-1")
    assert world.pay(row, "CITY-1").state == ClaimState.INSTRUCTED
    world.arrive(10_00, "PROV-1")
    payer = officer(bureau)
    assert world.pay(row, "PROV-1", by=payer).state == ClaimState.PAID
    assert world.pay(row, "PROV-1", by=payer).state == ClaimState.PAID  # Told twice.


def test_the_rules_say_when_to_whom_and_on_what_evidence(monkeypatch):
    world = Reimbursing()
    with pytest.raises(InvalidReimbursementPeriod):
        world.ask(until=world.wish().since - timedelta(days=1))
    offset = Reimbursing(market=world.market, mode="OFFSET", payee="EITHER")
    with pytest.raises(ReimbursementClosed):
        offset.ask()
    # Rules that were published before that was refused.
    monkeypatch.setattr(programme_2, "_never_paid", lambda _mode, _payee: "")
    with pytest.raises(PayeeRefused):
        Reimbursing(market=world.market, payee="PROVIDER").ask()
    with pytest.raises(EvidenceMissing) as missing:
        Reimbursing(market=world.market, evidence=["INVOICE"]).ask()
    assert missing.value.field == "file_invoice"
    with pytest.raises(ReimbursementNotFound):
        world.review(world.ask(), by=offset.officers[0])


def test_its_evidence_proves_itself(tmp_path):
    world = Reimbursing()
    row = stands(world.granted())
    pack = tmp_path / "claim.zip"
    with tenancy.acting_as_platform():
        pack.write_bytes(evidence.packed(row.claim))

    told = subprocess.run(
        [sys.executable, evidence.SCRIPT, pack], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout
    assert "36.00" in told.stdout


RATE_OF_A_THIRD = {
    "beneficiary": "ANY",
    "resource_class": "ANY",
    "chip_origin": "ANY",
    "share": "0.33316",
}
