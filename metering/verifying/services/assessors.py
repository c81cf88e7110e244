"""Who may assess: organisations with an accreditation, named by an operator."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.moments import market_date, start_of_day
from identity import relations
from identity import selectors as identity_selectors
from identity.events import services as events
from metering.verifying.contracts import (
    NAME_MAX,
    AssessorExists,
    AssessorNotAccredited,
    AssessorNotFound,
    AssessorRelated,
    InvalidAssessment,
)
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import Assessor


@transaction.atomic
def name_assessor(
    *,
    organization_id: UUID,
    accreditation: str,
    first_day: date,
    last_day: date,
    person_id: int,
    now: datetime,
) -> Assessor:
    """
    Enter an organisation as an assessor, for the days of its accreditation.

    :raises NotFound: if there is no such organisation
    :raises InvalidAssessment: if the accreditation is not named, or over
    :raises AssessorExists: if it is one already
    """
    identity_selectors.organization(organization_id)
    said = accreditation.strip()
    if not 1 <= len(said) <= NAME_MAX:
        raise InvalidAssessment(field="accreditation", problem=_("1 to 80 characters"))
    if not first_day <= last_day or last_day < market_date(now):
        raise InvalidAssessment(field="last_day", problem=_("it ends before it begins, or is over"))
    try:
        with tenancy.acting_as_platform(), transaction.atomic():
            row = Assessor.objects.create(
                organization_id=organization_id,
                accreditation=said,
                valid_from=start_of_day(first_day),
                valid_to=start_of_day(last_day + timedelta(days=1)),
                named_by_id=person_id,
                named_at=now,
            )
    except IntegrityError as error:
        raise AssessorExists(field="organization") from error
    events.record([_event(VerifyingEvent.ASSESSOR_NAMED, row)])
    return row


@transaction.atomic
def end_assessor(*, assessor_id: UUID, now: datetime) -> Assessor:
    """
    End an accreditation; certificates that were issued stay.

    :raises AssessorNotFound: if there is none, or it has ended
    """
    with tenancy.acting_as_platform():
        found = Assessor.objects.select_for_update(no_key=True)
        row = found.filter(pk=assessor_id, ended_at=None).first()
        if row is None:
            raise AssessorNotFound
        row.ended_at = now
        row.save(update_fields=["ended_at"])
    events.record([_event(VerifyingEvent.ASSESSOR_ENDED, row)])
    return row


def accredited(organization_id: UUID, *, now: datetime) -> Assessor:
    """
    Return an organisation's accreditation in force.

    :raises AssessorNotAccredited: if it has none
    """
    found = Assessor.objects.filter(
        organization_id=organization_id, ended_at=None, valid_from__lte=now, valid_to__gt=now
    ).first()
    if found is None:
        raise AssessorNotAccredited(field="assessor")
    return found


def require_stranger(*, assessor_id: UUID, provider_id: UUID, now: datetime) -> None:
    """
    Refuse an assessor that is related to the provider: the same, by control, share or person.

    :raises AssessorRelated: if they are; the caller acts for the platform
    """
    found = relations.relations(
        buyer_ids=[assessor_id], provider_ids=[provider_id], on=market_date(now)
    )
    if found:
        raise AssessorRelated(field="assessor")


def _event(name: VerifyingEvent, row: Assessor) -> events.Event:
    return events.Event(
        name=name,
        object_kind="assessor",
        object_id=row.pk,
        object_label=row.accreditation,
        concerns=[row.organization_id],
        facts={"valid_to": row.valid_to.isoformat()},
    )
