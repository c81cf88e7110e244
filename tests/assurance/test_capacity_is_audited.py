"""Whether suppliers have the capacity that they qualify with: audits, drawn, found, concluded."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.moments import market_date
from config import notices as config_notices
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from identity.events.models import RecordedEvent
from marketplace.assurance import audit_selectors, services
from marketplace.assurance.audit_contracts import (
    AUDIT_STEPS,
    AuditConclusion,
    AuditMoved,
    AuditNotFound,
    AuditsDrawn,
    AuditSeedRefused,
    AuditState,
    AuditUnderWay,
    AuditUnfinished,
    InvalidAudit,
    NotTheAuditor,
    SupplierSizeUnknown,
)
from marketplace.assurance.models import AuditLine, CapacityAudit
from marketplace.vouchers import control
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.supplier_contracts import InvalidSupplierSize
from marketplace.vouchers.terms import SupplierFacts
from tests import cast
from tests.assurance.audits import Auditing
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditing():
    return Auditing(at=NOW)


def refuses(statement, *values):
    """Return whether the database refuses a statement."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement, values)
        except DatabaseError:
            return True
    return False


def facts_of(auditing):
    found = vouchers_selectors.supplier_facts([auditing.supplier.pk], at=NOW)
    return found.get(auditing.supplier.pk)


def test_an_audit_begins_with_what_the_market_knows_line_by_line(auditing):
    audit = auditing.open()

    with tenancy.acting_as_platform():
        lines = {each.source: each for each in audit_selectors.audit_lines(audit.pk)}
    assert list(lines) == ["REGISTERED", "HARDWARE", "METERS", "POWER", "CHALLENGES"]
    assert lines["REGISTERED"].facts == {"resources": 0, "by_class": [], "by_level": {}}
    assert lines["METERS"].facts["records"] == 0
    assert {len(each.content_hash) for each in lines.values()} == {64}
    with pytest.raises(AuditUnderWay):
        auditing.open()
    with tenancy.acting_as(auditing.supplier.pk):  # Nobody announces an audit.
        assert not audit_selectors.audits(supplier_id=auditing.supplier.pk).exists()


def test_what_is_confirmed_takes_its_auditor_alone_and_changes_nothing(auditing):
    audit = auditing.examined()

    concluded = services.confirm_capacity(
        audit_id=audit.pk, explanation="all racks run", by=auditing.auditor, now=NOW
    )

    assert (concluded.state, concluded.conclusion) == ("CONCLUDED", "CONFIRMED")
    assert facts_of(auditing) == SupplierFacts(100, None)
    auditing.open()  # The next one may begin.


def test_less_capacity_is_asked_answered_agreed_by_two_and_counts_at_once(auditing):
    audit = auditing.answer(auditing.asked())

    proposed = auditing.propose(audit)
    with pytest.raises(SecondPersonRequired):
        services.conclude_audit(
            proposal_id=proposed.id,
            person_id=auditing.auditor.id,
            organization_id=auditing.auditor.organization_id,
            now=NOW,
        )
    concluded = services.conclude_audit(
        proposal_id=proposed.id,
        person_id=auditing.second.id,
        organization_id=auditing.second.organization_id,
        now=NOW,
    )

    assert concluded.conclusion == AuditConclusion.LOWER
    assert (concluded.closed_by_id, concluded.agreed_by_id) == (
        auditing.auditor.id,
        auditing.second.id,
    )
    assert facts_of(auditing) == SupplierFacts(60, None)
    with tenancy.acting_as(auditing.supplier.pk):
        told = audit_selectors.audit(audit.pk, supplier_id=auditing.supplier.pk)
        assert [each.gravity for each in audit_selectors.audit_findings(told.pk)] == ["MAJOR"]
        assert not AuditLine.objects.exists()


def test_capacity_that_is_not_found_withdraws_the_qualification(auditing):
    concluded = auditing.conclude(
        auditing.answer(auditing.asked()), conclusion=AuditConclusion.NOT_FOUND, pflops=None
    )

    assert facts_of(auditing) == SupplierFacts(0, None)
    with pytest.raises(SupplierSizeUnknown):  # Nothing is left to audit.
        auditing.open()
    assert auditing.qualify(pflops=80).pk != concluded.found_size_id
    assert facts_of(auditing) == SupplierFacts(80, None)


def test_a_conclusion_waits_for_the_lines_the_supplier_and_its_days(auditing):
    audit = auditing.open()
    services.take_audit(audit_id=audit.pk, by=auditing.auditor)
    confirm = {"audit_id": audit.pk, "explanation": "x", "by": auditing.auditor}

    with pytest.raises(AuditUnfinished):
        services.confirm_capacity(**confirm, now=NOW)
    with pytest.raises(AuditUnfinished):
        services.ask_supplier(audit_id=audit.pk, by=auditing.auditor, now=NOW)
    services.cancel_audit(
        audit_id=audit.pk, explanation="the wrong party", by=auditing.operator, now=NOW
    )
    again = auditing.examined()
    with pytest.raises(AuditUnfinished):
        services.ask_supplier(audit_id=again.pk, by=auditing.auditor, now=NOW)
    services.cancel_audit(audit_id=again.pk, explanation="again", by=auditing.operator, now=NOW)
    asked = auditing.asked()
    with pytest.raises(AuditUnfinished):
        auditing.propose(asked)
    late = NOW + timedelta(days=15)

    assert auditing.propose(asked, now=late).kind == "assurance.capacity_audit"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"pflops": 100}, InvalidAudit),  # not less than what is claimed
        ({"pflops": 101}, InvalidAudit),
        ({"pflops": 0}, InvalidAudit),  # that is another conclusion
        ({"racks": 10}, InvalidAudit),  # was not claimed
        ({"pflops": None}, InvalidAudit),
        ({"explanation": " "}, InvalidAudit),
        ({"conclusion": "CONFIRMED"}, InvalidAudit),
    ],
)
def test_what_is_found_is_less_than_what_is_claimed(auditing, facts, refusal):
    audit = auditing.answer(auditing.asked())

    with pytest.raises(refusal):
        auditing.propose(audit, **facts)


def test_nobody_of_the_supplier_audits_it_and_the_auditor_alone_examines(auditing):
    audit = auditing.open()
    inside = cast.member(auditing.supplier, Role.PROVIDER)
    one_of_both = Person(inside.pk, auditing.operator.organization_id)

    with pytest.raises(SecondPersonRequired):
        services.take_audit(audit_id=audit.pk, by=one_of_both)
    with pytest.raises(SecondPersonRequired):
        services.cancel_audit(audit_id=audit.pk, explanation="x", by=one_of_both, now=NOW)
    services.take_audit(audit_id=audit.pk, by=auditing.auditor)
    with pytest.raises(NotTheAuditor):
        services.judge_line(
            audit_id=audit.pk,
            source="POWER",
            verdict="AGREES",
            note="",
            by=auditing.operator,
            now=NOW,
        )
    with pytest.raises(AuditMoved):
        services.take_audit(audit_id=audit.pk, by=auditing.auditor)
    with pytest.raises(AuditNotFound):  # It does not know of it yet.
        auditing.answer(audit)
    assert refuses(
        "UPDATE assurance_capacityaudit SET auditor_id = %s WHERE id = %s", inside.pk, audit.pk
    )


def test_the_database_keeps_what_an_audit_promises(auditing):
    audit = auditing.examined()
    keep = "UPDATE assurance_capacityaudit SET {} WHERE id = %s"
    done = (
        "state = 'CONCLUDED', conclusion = 'LOWER', explanation = 'x', closed_at = now(),"
        " closed_by_id = auditor_id"
    )

    assert refuses(keep.format("reason = 'x'"), audit.pk)
    assert refuses(keep.format("state = 'ANSWERED'"), audit.pk)
    assert refuses(keep.format(done), audit.pk)  # alone
    assert refuses(
        keep.format(f"{done}, agreed_by_id = opened_by_id, found_size_id = size_id"), audit.pk
    )
    assert refuses("DELETE FROM assurance_auditline WHERE audit_id = %s", audit.pk)
    assert refuses("UPDATE assurance_auditline SET facts = '{}' WHERE audit_id = %s", audit.pk)
    assert refuses("UPDATE vouchers_suppliersize SET pflops = 1000")
    assert refuses(
        "INSERT INTO vouchers_suppliersize (id, supplier_id, pflops, origin, reference, valid_from,"
        " recorded_by_id, agreed_by_id, proposal_id) SELECT gen_random_uuid(), supplier_id, 999,"
        " 'AUDITED', reference, now(), recorded_by_id, agreed_by_id, gen_random_uuid()"
        " FROM vouchers_suppliersize"
    )
    services.confirm_capacity(
        audit_id=audit.pk, explanation="all run", by=auditing.auditor, now=NOW
    )
    assert refuses(keep.format("explanation = 'other'"), audit.pk)
    assert refuses("UPDATE assurance_auditline SET note = 'other' WHERE audit_id = %s", audit.pk)


def told_of(audit):
    """Return what the record tells of an audit's day: how it is called, the days, and to whom."""
    with tenancy.acting_as_platform():
        found = RecordedEvent.objects.filter(
            object_id=audit.pk, name__in=["assurance.audit.due_soon", "assurance.audit.overdue"]
        ).order_by("id")
        return [
            (each.name.rpartition(".")[2], each.facts["days"], each.organization_id)
            for each in found
        ]


def test_an_audit_is_called_to_mind_before_its_day_and_once_when_it_is_past(auditing):
    audit = auditing.open()  # Due in 30 days: who opened it knows.
    days = [0, 22, 23, 23, 28, 29, 29, 30, 31, 31, 60]
    told = [services.remind_of_audits(now=NOW + timedelta(days=each)) for each in days]

    assert told == [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]
    assert told_of(audit) == [("due_soon", 7, None), ("due_soon", 1, None), ("overdue", 1, None)]
    assert config_notices.RULES["assurance.audit.overdue"].roles == {Role.OPERATOR, Role.AUDITOR}
    with tenancy.acting_as_platform():
        assert CapacityAudit.objects.get(pk=audit.pk).reminded_days == 0


def test_who_was_asked_is_not_told_of_the_auditors_day_nor_is_anybody_once_it_is_over(auditing):
    audit = auditing.asked()
    assert services.remind_of_audits(now=NOW + timedelta(days=40)) == 1
    assert told_of(audit) == [("overdue", 10, None)]
    auditing.answer(audit)
    auditing.conclude(audit)

    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        CapacityAudit.objects.filter(pk=audit.pk).update(reminded_days=1)
    assert services.remind_of_audits(now=NOW + timedelta(days=90)) == 0


def test_the_table_of_states_is_the_databases(auditing):
    """Every pair that the table does not name is refused where the row would else be whole."""
    allowed = {(before, after) for froms, after in AUDIT_STEPS.values() for before in froms} - {
        (AuditState.EXAMINING, AuditState.EXAMINING)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'assurance_audit_moves'")
        (source,) = cursor.fetchone()

    for before in AuditState.values:
        for after in AuditState.values:
            named = f"('{before}', '{after}')" in source
            assert named == ((before, after) in allowed), (before, after)


@pytest.mark.parametrize(
    "facts", [{"pflops": None}, {"pflops": -1}, {"pflops": 10**9 + 1}, {"reference": " "}]
)
def test_a_size_says_something_and_names_its_document(auditing, facts):
    asked = {"pflops": 5, "racks": None, "reference": "letter"} | facts
    with pytest.raises(InvalidSupplierSize):
        vouchers.propose_supplier_size(
            supplier_id=auditing.supplier.pk, by=auditing.operator, now=NOW, **asked
        )


class TestDrawn:
    """Audits that a committed seed draws."""

    def test_a_committed_seed_draws_suppliers_that_programmes_rely_on(self, auditing, monkeypatch):
        others = [Auditing(at=NOW, supplier=cast.organization(f"Supplier {n}")) for n in range(4)]
        draw, seed = services.commit_audits(count=2, due_days=30, by=auditing.operator, now=NOW)
        monkeypatch.setattr(
            "marketplace.vouchers.selectors.programmes_that_ask_for_size", lambda **_: ["CD-2026"]
        )
        with pytest.raises(AuditSeedRefused):
            services.draw_audits(draw_id=draw.pk, seed="00", by=auditing.operator, now=NOW)

        drawn = services.draw_audits(draw_id=draw.pk, seed=seed, by=auditing.operator, now=NOW)

        parties = sorted(each.supplier.uscc for each in [auditing, *others])
        assert drawn.names == parties
        assert drawn.drawn == control.drawn(bytes.fromhex(seed), parties, count=2)
        assert control.commitment(bytes.fromhex(drawn.seed)) == drawn.commitment
        with tenancy.acting_as_platform():
            opened = CapacityAudit.objects.filter(draw=draw)
            assert {each.supplier.uscc for each in opened} == set(drawn.drawn)
            assert {each.due_on for each in opened} == {market_date(NOW) + timedelta(days=30)}
        with pytest.raises(AuditsDrawn):
            services.draw_audits(draw_id=draw.pk, seed=seed, by=auditing.operator, now=NOW)
        assert refuses("UPDATE assurance_auditdraw SET seed = 'ff' WHERE id = %s", draw.pk)

    def test_nobody_is_drawn_where_no_programme_asks_how_large_suppliers_are(self, auditing):
        draw, seed = services.commit_audits(count=2, due_days=30, by=auditing.operator, now=NOW)

        drawn = services.draw_audits(draw_id=draw.pk, seed=seed, by=auditing.operator, now=NOW)

        assert (drawn.names, drawn.drawn) == ([], [])
