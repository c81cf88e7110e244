"""What an audit comes to: confirmed by its auditor, or less found, as two people agree."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.assurance import locks, telling
from marketplace.assurance.audit_contracts import (
    AUDIT_KIND,
    COSTING,
    AuditConclusion,
    AuditMoved,
    AuditState,
    AuditStep,
    AuditUnfinished,
    InvalidAudit,
    NotTheAuditor,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import CapacityAudit
from marketplace.assurance.services.auditing import audit_text, move_audit, require_looked_at
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.supplier_contracts import SizeOrigin


@transaction.atomic
def confirm_capacity(
    *, audit_id: UUID, explanation: str, by: Person, now: datetime
) -> CapacityAudit:
    """
    Conclude that the supplier has what it qualifies with: its auditor is enough.

    :raises AuditNotFound: if there is none
    :raises AuditMoved, NotTheAuditor: if it cannot be concluded now, or by somebody else
    :raises AuditUnfinished: if a line was not looked at, or the supplier may still answer
    :raises InvalidAudit: if it isn't said why
    """
    explanation = audit_text(explanation, "explanation")
    with tenancy.acting_as_platform():
        audit = locks.audit(audit_id)
        _require_ready(audit, by, now=now)
        move_audit(audit, AuditStep.CONCLUDE)
        audit.conclusion, audit.explanation = AuditConclusion.CONFIRMED, explanation
        audit.closed_at, audit.closed_by_id = now, by.id
        audit.told_at = audit.told_at or now
        audit.save()
        telling.of_audit(AssuranceEvent.AUDIT_CONFIRMED, audit)
    return audit


def propose_conclusion(
    *,
    audit_id: UUID,
    conclusion: str,
    pflops: int | None,
    racks: int | None,
    explanation: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose that less capacity was found; another operator decides, and then it counts at once.

    `pflops` and `racks` are what was found of each that the supplier qualifies with; where nothing
    was found, they are not asked.

    :raises AuditNotFound: if there is none
    :raises AuditMoved, NotTheAuditor, AuditUnfinished: as `confirm_capacity`
    :raises InvalidAudit: if it isn't said why, or what was found is not less than what is claimed
    :raises ProposalWaits: if a conclusion waits already
    """
    explanation = audit_text(explanation, "explanation")
    if conclusion not in COSTING:
        told = _("a conclusion that costs nothing is the auditor's alone")
        raise InvalidAudit(field="conclusion", problem=told)
    with tenancy.acting_as_platform(), transaction.atomic():
        audit = locks.audit(audit_id)
        _require_ready(audit, by, now=now)
        if audit.told_at is None:
            told = _("the supplier was not asked about what was found")
            raise AuditUnfinished(problem=told)
        found = _found(audit, conclusion, pflops, racks)
        draft = Draft(
            kind=AUDIT_KIND,
            reference=audit.number,
            label=audit.number,
            content={
                "audit_id": str(audit.pk),
                "supplier_id": str(audit.supplier_id),
                "conclusion": conclusion,
                "pflops": found[0],
                "racks": found[1],
                "reference": audit.number,
                "explanation": explanation,
            },
            reason=explanation[:500],
            role=Role.OPERATOR,
            by=by,
            barred_organization_id=audit.supplier_id,
        )
        return approvals.propose(draft, now=now)


@transaction.atomic
def conclude_audit(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> CapacityAudit:
    """
    Conclude an audit as another person proposed: the supplier qualifies with what was found.

    A case of surveillance opens by the event that this records.

    :raises AuditMoved: if it was concluded meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=AUDIT_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        audit = locks.audit(UUID(content["audit_id"]))
        move_audit(audit, AuditStep.CONCLUDE)
        size = vouchers_services.record_supplier_size(
            agreed, made=made, origin=SizeOrigin.AUDITED, now=now
        )
        audit.conclusion, audit.explanation = content["conclusion"], content["explanation"]
        audit.closed_at, audit.found_size = now, size
        audit.closed_by_id, audit.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        audit.proposal_id = agreed.id
        audit.save()
        telling.of_audit(
            AssuranceEvent.AUDIT_LOWERED,
            audit,
            conclusion=audit.conclusion,
            pflops=size.pflops,
            racks=size.racks,
        )
    return audit


def _require_ready(audit: CapacityAudit, by: Person, *, now: datetime) -> None:
    if audit.state in (AuditState.OPEN, AuditState.CONCLUDED, AuditState.CANCELLED):
        raise AuditMoved(state=audit.get_state_display())
    if audit.auditor_id != by.id:
        raise NotTheAuditor
    require_looked_at(audit)
    until = audit.answer_due_on
    if audit.state == AuditState.ASKED and until is not None and market_date(now) <= until:
        told = _("the supplier may answer until %(day)s") % {"day": until}
        raise AuditUnfinished(problem=told)
    if audit.state == AuditState.EXAMINING and audit.findings.exists():
        raise AuditUnfinished(problem=_("the supplier was not asked about what was found"))


def _found(
    audit: CapacityAudit, conclusion: str, pflops: int | None, racks: int | None
) -> tuple[int | None, int | None]:
    """Return what was found of each that is claimed; what was not claimed stays unknown."""
    claimed = (audit.size.pflops, audit.size.racks)
    if conclusion == AuditConclusion.NOT_FOUND:
        return tuple(None if each is None else 0 for each in claimed)  # type: ignore[return-value]
    said = (pflops, racks)
    for name, had, has in zip(("pflops", "racks"), claimed, said, strict=True):
        if (had is None) != (has is None):
            told = _("say what was found of each that is claimed, and of nothing else")
            raise InvalidAudit(field=name, problem=told)
        if had is not None and has is not None and not 0 <= has <= had:
            told = _("%(least)s to %(most)s are allowed") % {"least": 0, "most": had}
            raise InvalidAudit(field=name, problem=told)
    if said == claimed or not any(said):
        told = _("what was found is less than what is claimed, and more than nothing")
        raise InvalidAudit(field="pflops" if pflops is not None else "racks", problem=told)
    return said
