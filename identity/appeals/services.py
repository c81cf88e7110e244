"""
Appealing against a suspension, and answering.

Two operators suspended, so two answer. Who wants it lifted proposes the reinstatement: once that is
agreed on, a trigger answers the appeal with its reason. Who wants it to stay proposes that answer.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from common.ids import uuid7
from identity import services as identity_services
from identity import suspensions
from identity.appeals.contracts import (
    ANSWER_MAX,
    APPEAL_KIND,
    FILES_MAX,
    TEXT_MAX,
    AppealAnswered,
    AppealNotFound,
    AppealOutcome,
    AppealState,
    AppealTextMissing,
    NothingToAppeal,
    SuspensionAppealed,
    TooManyAppealFiles,
)
from identity.appeals.event_names import AppealEvent
from identity.appeals.models import Appeal
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role, SuspensionReasonMissing
from identity.events import services as events
from identity.files import services as files_services
from identity.files.contracts import Grant

READ_BY = (Grant(role=Role.OPERATOR), Grant(role=Role.AUDITOR))


@transaction.atomic
def appeal_suspension(
    *, by: Person, text: str, file_ids: Sequence[UUID] = (), now: datetime
) -> Appeal:
    """
    Appeal against the suspension of one's own organisation, once.

    :raises NothingToAppeal: if it is not suspended
    :raises AppealTextMissing: without 1 to 4,000 characters
    :raises TooManyAppealFiles: with more than five files
    :raises FileNotFound: if a file is not the organisation's
    :raises SuspensionAppealed: if that was done
    """
    said = text.strip()
    if not 1 <= len(said) <= TEXT_MAX:
        raise AppealTextMissing(field="text", most=TEXT_MAX)
    if len(file_ids) > FILES_MAX:
        raise TooManyAppealFiles(field="files", most=FILES_MAX)
    identity_services.suspended([by.organization_id])  # Until the commit it is not reinstated.
    suspension = suspensions.in_force(by.organization_id)
    if suspension is None:
        raise NothingToAppeal
    row = Appeal(
        id=uuid7(),
        suspension=suspension,
        organization_id=by.organization_id,
        text=said,
        files=_attached(file_ids, by=by, now=now),
        made_by_id=by.id,
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise SuspensionAppealed from error
    _record(AppealEvent.MADE, row)
    return row


def propose_answer(
    *, appeal_id: UUID, outcome: AppealOutcome, answer: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to lift the suspension, or to let it stay; another operator's approval answers.

    :raises AppealNotFound: if there is none
    :raises AppealAnswered: if it was answered
    :raises SuspensionReasonMissing: without an answer of 1 to 500 characters
    :raises SecondPersonRequired: if who answers belongs to the organisation
    :raises OrganizationClosed: if it was closed: nothing is kept of it any more
    :raises ProposalWaits: if another answer of the same outcome waits
    """
    with tenancy.acting_as_platform():
        row = Appeal.objects.select_related("organization").filter(pk=appeal_id).first()
    if row is None:
        raise AppealNotFound
    if row.state != AppealState.WAITING:
        raise AppealAnswered
    said = answer.strip()
    if not 1 <= len(said) <= ANSWER_MAX:
        raise SuspensionReasonMissing(field="answer", most=ANSWER_MAX)
    if outcome == AppealOutcome.LIFT:
        return suspensions.propose_reinstatement(
            organization_id=row.organization_id, reason=said, by=by, now=now
        )
    identity_services.require_open(row.organization_id)
    identity_services.require_outsider(person_id=by.id, organization_id=row.organization_id)
    draft = Draft(
        kind=APPEAL_KIND,
        reference=str(row.pk),
        label=row.organization.name,
        content={
            "appeal_id": str(row.pk),
            "organization_id": str(row.organization_id),
            "answer": said,
        },
        reason=said,
        role=Role.OPERATOR,
        barred_organization_id=row.organization_id,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def answer_appeal(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Appeal:
    """
    Answer an appeal as another operator proposed: the suspension stays.

    :raises AppealAnswered: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=APPEAL_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        found = Appeal.objects.filter(pk=UUID(agreed.content["appeal_id"]))
        row = found.select_for_update(no_key=True).get()
        if row.state != AppealState.WAITING:
            raise AppealAnswered
        row.state, row.answer, row.answered_at = AppealState.KEPT, agreed.content["answer"], now
        row.answered_by_id, row.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        row.proposal_id = agreed.id
        row.save()
        _record(AppealEvent.KEPT, row, answer=row.answer)
    return row


@transaction.atomic
def void_answers(*, organization_id: UUID, now: datetime) -> int:
    """Let answers that would keep a suspension which ended wait no more; return their number."""
    with tenancy.acting_as_platform():
        answered = Appeal.objects.filter(organization_id=organization_id).exclude(
            state=AppealState.WAITING
        )
        references = [str(each) for each in answered.values_list("pk", flat=True)]
        return approvals.void_proposals(kind=APPEAL_KIND, references=references, now=now)


def _attached(file_ids: Sequence[UUID], *, by: Person, now: datetime) -> list[dict[str, object]]:
    """Keep own files for good, and let those who answer see them."""
    found: list[dict[str, object]] = []
    for each in file_ids:
        file = files_services.rely_on(
            organization_id=by.organization_id, file_id=each, by="appeals.appeal", now=now
        )
        files_services.share(file=file, grants=READ_BY, person_id=by.id, now=now)
        found.append({"file_id": str(file.pk), "name": file.name, "bytes": file.bytes})
    return found


def _record(name: AppealEvent, row: Appeal, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="organization",
        object_id=row.organization_id,
        object_label=row.organization.name,
        concerns=[row.organization_id],
        facts={"appeal": str(row.pk), **facts},
    )
    events.record([event])
