"""Objections to applications that are open to them, and their answers."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from identity import services as identity_services
from identity.contracts import SecondPersonRequired
from marketplace.vouchers import locks, moves, selectors, telling
from marketplace.vouchers.contracts import (
    AlreadyDecided,
    AlreadyObjected,
    ApplicationState,
    LifeStep,
    ObjectionState,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Objection


@transaction.atomic
def object_to(
    *, application_id: UUID, person_id: int, organization_id: UUID, reason: str, now: datetime
) -> Objection:
    """
    Object to an application while it is open to objections, once an organisation.

    :raises ApplicationNotFound: if it is not open to objections
    :raises AlreadyObjected: if the organisation did so before
    :raises SecondPersonRequired: if it is its own application
    :raises NoteMissing: without a reason
    """
    said = moves.require_note(reason)
    with tenancy.acting_as_platform():
        application = selectors.published(application_id=application_id, at=now)
        if application.applicant_id == organization_id:
            raise SecondPersonRequired
        objection = Objection(
            application=application,
            made_by_id=person_id,
            made_for_id=organization_id,
            made_at=now,
            reason=said,
        )
        try:
            with transaction.atomic():
                objection.save(force_insert=True)
        except IntegrityError as error:
            raise AlreadyObjected from error
        issuer_id = application.programme_version.programme.issuer_id
        telling.of_objection(VoucherEvent.OBJECTION_MADE, objection, issuer_id)
    return objection


@transaction.atomic
def answer_objection(
    *,
    objection_id: UUID,
    issuer_id: UUID,
    person_id: int,
    is_upheld: bool,
    answer: str,
    now: datetime,
) -> Objection:
    """
    Answer an objection: one that is upheld rejects the application.

    :raises ObjectionNotFound: if another issuer answers it
    :raises AlreadyDecided: if it was answered
    :raises SecondPersonRequired: if the person objected, applied, or belongs to either
    :raises NoteMissing: without an answer
    """
    said = moves.require_note(answer)
    objection = locks.objection(objection_id=objection_id, issuer_id=issuer_id)
    if objection.state != ObjectionState.OPEN:
        raise AlreadyDecided(state=ObjectionState(objection.state).label)
    officer = moves.Officer(person_id, issuer_id)
    moves.require_officer(objection.application, officer)
    moves.require_another(officer, objection.made_by_id)
    identity_services.require_outsider(person_id=person_id, organization_id=objection.made_for_id)
    objection.state = ObjectionState.UPHELD if is_upheld else ObjectionState.DISMISSED
    objection.answered_by_id = person_id
    objection.answered_at = now
    objection.answer = said
    objection.save()
    telling.of_objection(VoucherEvent.OBJECTION_ANSWERED, objection, issuer_id)
    if is_upheld and objection.application.state == ApplicationState.PUBLISHED:
        moves.move(
            objection.application,
            LifeStep.REJECT,
            person_id=person_id,
            note=said,
            now=now,
            **moves.decided(officer, now=now),
        )
    return objection
