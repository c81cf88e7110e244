"""What two people agreed on is carried out to the letter, or nothing is: the database compares."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import LIMIT, Person
from identity.approvals.models import Limit, Proposal
from identity.contracts import Role
from identity.events import selectors as events
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import ProgrammeCodeTaken
from marketplace.vouchers.models import Programme, ProgrammeVersion
from tests import cast
from tests.approvals import examples
from tests.approvals.cast import propose, settle
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def approve(example, kind, **changes):
    """Approve a proposal as the room's service would; return who did."""
    with tenancy.acting_as_platform():
        organization_id = example.second.memberships.get().organization_id
    facts = {
        "proposal_id": example.proposed.id,
        "kind": kind,
        "by": Person(example.second.pk, organization_id),
        "result_id": uuid7(),
        "now": clock.now(),
    }
    return facts["result_id"], approvals.settle(**facts | changes)


DEPOSIT = """
    INSERT INTO orders_deposit (id, reference, organization_id, amount_minor, transfer_id,
        recorded_by_id, confirmed_by_id, recorded_at, proposal_id)
    VALUES (%(id)s, %(reference)s, %(organization_id)s, %(amount_minor)s, gen_random_uuid(),
        %(recorded)s, %(confirmed)s, now(), %(proposal)s)
"""
LIES = {
    "another amount": {"amount_minor": 1},
    "another reference": {"reference": "BANK-2"},
    "another name": {"id": uuid7()},
    "another recorder": {"recorded": None},
    "without the proposal": {"proposal": None, "confirmed": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_raw_sql_books_no_deposit_but_the_one_that_was_agreed_on(lie):
    example = examples.a_deposit(clock.now())
    made, agreed = approve(example, "orders.deposit")
    honest = {
        "id": made,
        "recorded": agreed.proposed_by_id,
        "confirmed": agreed.decided_by_id,
        "proposal": agreed.id,
        **agreed.content,
    }
    changes = dict(LIES[lie])
    if changes.get("recorded", 0) is None:
        changes["recorded"] = cast.somebody().pk

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match=r"agreed on|takes two"), transaction.atomic():
            cursor.execute(DEPOSIT, honest | changes)
        cursor.execute(DEPOSIT, honest)  # The honest one goes through.


def test_a_deposit_of_a_proposal_that_waits_is_refused():
    example = examples.a_deposit(clock.now())
    lie = {
        "id": uuid7(),
        "recorded": example.proposed.proposed_by_id,
        "confirmed": example.second.pk,
        "proposal": example.proposed.id,
        **example.proposed.content,
    }

    with (
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="agreed on"),
        transaction.atomic(),
    ):
        cursor.execute(DEPOSIT, lie)


VERSION = """
    INSERT INTO vouchers_programmeversion (id, programme_id, version, rules, content_hash, source,
        valid_from, published_by_id, approved_by_id, proposal_id)
    SELECT gen_random_uuid(), programme_id, 9, rules, content_hash, source, valid_from,
        published_by_id, approved_by_id, %s FROM vouchers_programmeversion LIMIT 1
"""
FEE = """
    INSERT INTO settlement_feerule (id, version, rate, starts_at, source, content_hash,
        published_at, published_by_id, approved_by_id, proposal_id)
    VALUES (%s, 2, 0.9, now() + interval '1 year', 'x', repeat('1', 64), now(), %s, %s, %s)
"""


def test_raw_sql_publishes_no_rules_and_no_fee_of_its_own():
    with tenancy.acting_as_platform():
        version = examples.a_version(clock.now())
        fee = examples.a_fee(clock.now())
    approve(version, "vouchers.programme_version")
    made, agreed = approve(fee, "settlement.fee_rule")

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="agreed on"), transaction.atomic():
            cursor.execute(VERSION, [version.proposed.id])
        for proposal in (agreed.id, None):
            names = (made, agreed.proposed_by_id, agreed.decided_by_id, proposal)
            with pytest.raises(DatabaseError, match="agreed on"), transaction.atomic():
                cursor.execute(FEE, names)


def test_raw_sql_sets_no_limit():
    example = examples.a_limit(clock.now())
    made, agreed = approve(example, LIMIT)
    setting = "INSERT INTO approvals_limit (id, kind, from_minor, set_at, proposal_id)"

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        for values in (
            (uuid7(), "orders.deposit", 10**15, None),
            (made, "orders.deposit", 10**15, agreed.id),
            (made, "vouchers.funding", 500_000_00, agreed.id),
            (uuid7(), "orders.deposit", 500_000_00, agreed.id),
        ):
            with pytest.raises(DatabaseError, match="two people agreed"), transaction.atomic():
                cursor.execute(f"{setting} VALUES (%s, %s, %s, now(), %s)", values)
        for change in ("UPDATE approvals_limit SET from_minor = 1", "DELETE FROM approvals_limit"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(change)
    assert Limit.objects.filter(kind="orders.deposit").count() == 1


def test_what_cannot_be_carried_out_leaves_the_proposal_waiting():
    with tenancy.acting_as_platform():
        example = examples.a_programme(clock.now())
        Programme.objects.create(
            code="NEW",
            name="taken",
            issuer=cast.organization("Quicker"),
            asset="VOUCHER:NEW",
            created_at=NOW,
        )

        with pytest.raises(ProgrammeCodeTaken):
            vouchers.create_programme(
                proposal_id=example.proposed.id,
                person_id=example.second.pk,
                organization_id=example.second.memberships.get().organization_id,
                now=clock.now(),
            )

        assert Proposal.objects.get(pk=example.proposed.id).state == "PROPOSED"
        assert not ProgrammeVersion.objects.filter(proposal_id=example.proposed.id).exists()


def test_every_step_is_recorded_once_for_those_it_concerns():
    desk = cast.organization("Desk")
    clerk, second = (cast.member(desk, Role.FINANCE) for _n in range(2))
    by, other = Person(clerk.pk, desk.pk), Person(second.pk, desk.pk)
    kept = [propose(clerk, desk, reference=f"A-{number}") for number in range(4)]
    settle(kept[0], second, desk)
    approvals.refuse(proposal_id=kept[1].id, by=other, reason="no", now=NOW)
    approvals.withdraw(proposal_id=kept[2].id, by=by, reason="no", now=NOW)
    approvals.expire_proposals(now=NOW + timedelta(days=14))
    propose(clerk, desk, reference="A-9")
    propose(second, desk, reference="A-9")  # The same again is nothing new.

    with tenancy.acting_as_platform():
        told = [
            (event.name, event.organization_id, event.object_label)
            for event in events.recorded(desk.pk).order_by("id")
            if event.name.startswith("approvals.proposal.")
        ]
    assert [name.rpartition(".")[2] for name, _desk, _label in told] == [
        *["made"] * 4,
        *["approved", "refused", "withdrawn", "expired", "made"],
    ]
    assert {whose for _name, whose, _label in told} == {desk.pk}


def test_a_share_is_agreed_on_exactly():
    with tenancy.acting_as_platform():
        example = examples.a_fee(clock.now())

    assert Decimal(example.proposed.content["rate"]) == Decimal("0.025")
    assert example.proposed.content["rate"] == "0.025"
