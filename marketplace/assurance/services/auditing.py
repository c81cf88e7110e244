"""An audit of capacity: opened, taken, its lines judged, findings written, the supplier asked."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import reminders, tenancy
from common.canonical import content_hash, plain
from common.ids import uuid7
from common.moments import market_date
from common.numbers import take_numbers
from identity import services as identity_services
from identity.approvals.contracts import Person
from marketplace.assurance import audit_evidence, locks, telling
from marketplace.assurance.audit_contracts import (
    ANSWER_DAYS,
    AUDIT_STEPS,
    DUE_DAYS_MAX,
    FINDINGS_MAX,
    REASON_MAX,
    AuditGravity,
    AuditMoved,
    AuditNotFound,
    AuditSource,
    AuditState,
    AuditStep,
    AuditUnderWay,
    AuditUnfinished,
    InvalidAudit,
    LineVerdict,
    NotTheAuditor,
    SupplierSizeUnknown,
)
from marketplace.assurance.contracts import TEXT_MAX
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import AuditDraw, AuditFinding, AuditLine, CapacityAudit
from marketplace.vouchers import selectors as vouchers_selectors

_UNDER_WAY: Final = "audit_under_way_once"


@transaction.atomic
def open_audit(
    *, supplier_id: UUID, reason: str, due_on: date, by: Person, now: datetime
) -> CapacityAudit:
    """
    Open an audit of the capacity that a supplier qualifies with, with what the market knows of it.

    :raises SupplierSizeUnknown: if it qualifies with nothing
    :raises AuditUnderWay: if another one is under way
    :raises InvalidAudit: if it isn't said why, or the day is past or too far
    """
    with tenancy.acting_as_platform():
        (made,) = opened_audits([supplier_id], reason=reason, due_on=due_on, by=by, now=now)
    return made


def opened_audits(
    supplier_ids: Collection[UUID],
    *,
    reason: str,
    due_on: date,
    by: Person,
    now: datetime,
    draw: AuditDraw | None = None,
) -> list[CapacityAudit]:
    """
    Open an audit of each supplier; the caller holds the transaction and acts for the platform.

    :raises SupplierSizeUnknown, AuditUnderWay, InvalidAudit: as `open_audit`
    """
    reason = audit_text(reason, "reason", most=REASON_MAX)
    today = market_date(now)
    if not today <= due_on <= today + timedelta(days=DUE_DAYS_MAX):
        told = _("a day from today on, at most %(most)s days ahead") % {"most": DUE_DAYS_MAX}
        raise InvalidAudit(field="due_on", problem=told)
    left = (due_on - today).days
    # Who opens an audit knows its day: the first reminder is the next nearer one.
    known = reminders.step(left) if left <= reminders.STEPS[-1] else None
    sizes = vouchers_selectors.sizes_in_force(at=now, supplier_ids=supplier_ids)
    made = []
    for supplier_id in supplier_ids:
        size = sizes.get(supplier_id)
        if size is None or not (size.pflops or size.racks):
            raise SupplierSizeUnknown(field="supplier_id")
        (number,) = take_numbers("assurance_audit_number", prefix="CA", at=now)
        row = CapacityAudit(
            id=uuid7(),
            number=number,
            supplier_id=supplier_id,
            size_id=size.pk,
            draw=draw,
            reason=reason,
            opened_at=now,
            opened_by_id=by.id,
            due_on=due_on,
            reminded_days=known,
        )
        made.append(_kept(row))
        AuditLine.objects.bulk_create(_lines(row, now))
        telling.of_audit(AssuranceEvent.AUDIT_OPENED, row, due_on=due_on)
    return made


def _kept(audit: CapacityAudit) -> CapacityAudit:
    try:
        with transaction.atomic():
            audit.save(force_insert=True)
    except IntegrityError as error:
        if _UNDER_WAY in str(error):
            raise AuditUnderWay(field="supplier_id") from None
        raise
    return audit


def _lines(audit: CapacityAudit, now: datetime) -> list[AuditLine]:
    found = audit_evidence.facts_of(audit.supplier_id, at=now)
    return [
        AuditLine(
            audit=audit,
            source=source,
            facts=plain(facts),
            content_hash=content_hash(plain(facts)),
            read_at=now,
        )
        for source, facts in found.items()
    ]


@transaction.atomic
def take_audit(*, audit_id: UUID, by: Person) -> CapacityAudit:
    """
    Take an audit into one's own hands, from nobody or from a colleague.

    :raises AuditNotFound: if there is none
    :raises SecondPersonRequired: if one belongs to the supplier
    :raises AuditMoved: if it is past that, or one's own already
    """
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        identity_services.require_outsider(person_id=by.id, organization_id=audit.supplier_id)
        if audit.auditor_id == by.id:
            raise AuditMoved(state=audit.get_state_display())
        move_audit(audit, AuditStep.TAKE)
        audit.auditor_id = by.id
        audit.save(update_fields=["state", "auditor"])
        telling.of_audit(AssuranceEvent.AUDIT_TAKEN, audit, person_id=by.id)
    return audit


@transaction.atomic
def judge_line(
    *, audit_id: UUID, source: str, verdict: str, note: str, by: Person, now: datetime
) -> AuditLine:
    """
    Say what a line of the checklist shows; one that differs, or shows nothing, says why.

    :raises AuditNotFound: if there is no such audit or line
    :raises AuditMoved, NotTheAuditor: if it is not being examined, or by somebody else
    :raises InvalidAudit: if the note is missing or too long
    """
    note = note.strip()
    if verdict not in (LineVerdict.AGREES, LineVerdict.DIFFERS, LineVerdict.NOT_SHOWN):
        raise InvalidAudit(field="verdict", problem=_("there is no such verdict"))
    if verdict != LineVerdict.AGREES or len(note) > REASON_MAX:
        note = audit_text(note, "note", most=REASON_MAX)
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        require_auditor(audit, by)
        line = AuditLine.objects.filter(audit=audit, source=source).first()
        if line is None:
            raise AuditNotFound
        line.verdict, line.note, line.judged_at, line.judged_by_id = verdict, note, now, by.id
        line.save(update_fields=["verdict", "note", "judged_at", "judged_by"])
    return line


@transaction.atomic
def write_finding(
    *, audit_id: UUID, source: str, gravity: str, text: str, by: Person, now: datetime
) -> AuditFinding:
    """
    Write down what was found, how grave it is, and which line shows it; it stays.

    :raises AuditNotFound: if there is none
    :raises AuditMoved, NotTheAuditor: if it is not being examined, or by somebody else
    :raises InvalidAudit: if it says nothing, too much, or is one too many
    """
    text = audit_text(text, "text")
    if source not in AuditSource.values or gravity not in AuditGravity.values:
        raise InvalidAudit(field="gravity", problem=_("there is no such line or gravity"))
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        require_auditor(audit, by)
        if audit.findings.count() >= FINDINGS_MAX:
            told = _("an audit holds %(most)s findings at most") % {"most": FINDINGS_MAX}
            raise InvalidAudit(field="text", problem=told)
        finding = AuditFinding.objects.create(
            audit=audit, source=source, gravity=gravity, text=text, found_at=now, found_by_id=by.id
        )
        telling.of_audit(AssuranceEvent.AUDIT_FOUND, audit, gravity=gravity, source=source)
    return finding


@transaction.atomic
def ask_supplier(*, audit_id: UUID, by: Person, now: datetime) -> CapacityAudit:
    """
    Send the findings to the supplier, which has some days to answer; from now on it reads them.

    :raises AuditNotFound: if there is none
    :raises AuditMoved, NotTheAuditor: if it is not being examined, or by somebody else
    :raises AuditUnfinished: if a line was not looked at, or nothing was found
    """
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        require_auditor(audit, by)
        require_looked_at(audit)
        if not audit.findings.exists():
            raise AuditUnfinished(problem=_("nothing was found that the supplier could answer"))
        move_audit(audit, AuditStep.ASK)
        audit.told_at = now
        audit.answer_due_on = market_date(now) + timedelta(days=ANSWER_DAYS)
        audit.save(update_fields=["state", "told_at", "answer_due_on"])
        telling.of_audit(AssuranceEvent.AUDIT_ASKED, audit, due_on=audit.answer_due_on)
    return audit


@transaction.atomic
def answer_audit(*, audit_id: UUID, text: str, by: Person, now: datetime) -> CapacityAudit:
    """
    Answer, as the supplier, what was found; once.

    :raises AuditNotFound: if there is none, or it is another supplier's, or it was not told yet
    :raises AuditMoved: if it was answered or concluded
    :raises InvalidAudit: if it says nothing, or too much
    """
    text = audit_text(text, "text")
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        if audit.supplier_id != by.organization_id or audit.told_at is None:
            raise AuditNotFound
        move_audit(audit, AuditStep.ANSWER)
        audit.answer, audit.answered_at, audit.answered_by_id = text, now, by.id
        audit.save(update_fields=["state", "answer", "answered_at", "answered_by"])
        telling.of_audit(AssuranceEvent.AUDIT_ANSWERED, audit)
    return audit


@transaction.atomic
def cancel_audit(*, audit_id: UUID, explanation: str, by: Person, now: datetime) -> CapacityAudit:
    """
    Cancel an audit before its supplier was asked, for a reason.

    :raises AuditNotFound: if there is none
    :raises SecondPersonRequired: if one belongs to the supplier
    :raises AuditMoved: if the supplier was asked, or it is over
    :raises InvalidAudit: if it isn't said why
    """
    explanation = audit_text(explanation, "explanation")
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        identity_services.require_outsider(person_id=by.id, organization_id=audit.supplier_id)
        move_audit(audit, AuditStep.CANCEL)
        audit.explanation, audit.closed_at, audit.closed_by_id = explanation, now, by.id
        audit.save(update_fields=["state", "explanation", "closed_at", "closed_by"])
        telling.of_audit(AssuranceEvent.AUDIT_CANCELLED, audit)
    return audit


def move_audit(audit: CapacityAudit, step: AuditStep) -> None:
    """
    Move a locked audit on, without saving it.

    :raises AuditMoved: if the step does not begin where it is
    """
    before, after = AUDIT_STEPS[step]
    if audit.state not in before:
        raise AuditMoved(state=audit.get_state_display())
    audit.state = after


def require_auditor(audit: CapacityAudit, by: Person) -> None:
    """
    Check that an audit is being examined, and by whom.

    :raises AuditMoved: if it is not being examined
    :raises NotTheAuditor: if somebody else examines it
    """
    if audit.state != AuditState.EXAMINING:
        raise AuditMoved(state=audit.get_state_display())
    if audit.auditor_id != by.id:
        raise NotTheAuditor


def require_looked_at(audit: CapacityAudit) -> None:
    """
    Check that every line of the checklist was looked at.

    :raises AuditUnfinished: naming those that were not
    """
    left = audit.lines.filter(verdict=LineVerdict.OPEN).order_by("id")
    names = ", ".join(str(each.get_source_display()) for each in left)
    if names:
        told = _("these lines were not looked at: %(names)s") % {"names": names}
        raise AuditUnfinished(problem=told)


def audit_text(text: str, field: str, *, most: int = TEXT_MAX) -> str:
    """
    Return a text without blanks around it.

    :raises InvalidAudit: if nothing is left, or too much
    """
    text = text.strip()
    if not 1 <= len(text) <= most:
        told = _("write 1 to %(most)s characters") % {"most": most}
        raise InvalidAudit(field=field, problem=told)
    return text
