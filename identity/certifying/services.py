"""Asking for a certificate, withdrawing that, and deciding about it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from common.ids import uuid7
from identity import services as identity_services
from identity.certifying.contracts import (
    FORM,
    NOTE_MAX,
    AlreadyAsked,
    CertificateRequestNotFound,
    RefusalReasonMissing,
    RequestDecided,
    RequestState,
)
from identity.certifying.event_names import CertifyingEvent
from identity.certifying.models import CertificateRequest
from identity.certifying.selectors import ATTESTORS
from identity.contracts import CertificateKind, SecondPersonRequired
from identity.events import services as events
from identity.files.contracts import Grant
from identity.forms import selectors as forms_selectors
from identity.forms import services as forms_services
from identity.services import CertificateFigures


@dataclass(frozen=True, slots=True)
class Attestation:
    """What an attestor writes on a certificate that was asked for."""

    number: str
    valid_from: date
    valid_to: date  # exclusive
    figures: CertificateFigures


@transaction.atomic
def ask_certificate(
    *,
    organization_id: UUID,
    person_id: int,
    kind: CertificateKind,
    version: int,
    answers: dict[str, Any],
    consents: bool,
    now: datetime,
) -> CertificateRequest:
    """
    Ask for a certificate of a kind, with figures and evidence as the form asks them.

    :raises AlreadyAsked: while a request of the kind waits
    :raises FormChanged, InvalidAnswers, ConsentMissing: as the form asks
    :raises OrganizationSuspended: while the organisation is suspended
    """
    identity_services.require_standing(organization_id)
    submission = forms_services.submit(
        forms_selectors.definition(FORM, version),
        answers,
        organization_id=organization_id,
        person_id=person_id,
        consents=consents,
        now=now,
        about=kind,
        readers=[Grant(role=each) for each in sorted(ATTESTORS)],
    )
    row = CertificateRequest(
        id=uuid7(),
        organization_id=organization_id,
        kind=kind,
        submission_id=submission.pk,
        asked_by_id=person_id,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyAsked(field="kind") from error
    _record(CertifyingEvent.ASKED, row)
    return row


@transaction.atomic
def withdraw_request(
    *, request_id: UUID, organization_id: UUID, person_id: int, now: datetime
) -> CertificateRequest:
    """
    Take back a request that waits.

    :raises CertificateRequestNotFound: if it is another organisation's
    :raises RequestDecided: if it was decided
    """
    row = _waiting(request_id, organization_id=organization_id)
    return _decided(row, RequestState.WITHDRAWN, person_id, organization_id, now)


@transaction.atomic
def verify_request(
    *, request_id: UUID, attestor_id: UUID, person_id: int, said: Attestation, now: datetime
) -> CertificateRequest:
    """
    Issue the certificate that was asked for, once it was looked at.

    :raises CertificateRequestNotFound, RequestDecided: if it does not wait
    :raises SecondPersonRequired: if the person asked, or belongs to the holder
    :raises SmeCriteriaNotMet, CertificateExists, InvalidInput: as for every certificate
    """
    with tenancy.acting_as_platform():
        row = _judged(request_id, attestor_id, person_id)
        row.certificate = identity_services.issue_sme_certificate(
            organization_id=row.organization_id,
            issued_by=attestor_id,
            issued_by_person=person_id,
            kind=CertificateKind(row.kind),
            number=said.number,
            valid_from=said.valid_from,
            valid_to=said.valid_to,
            figures=said.figures,
        )
        return _decided(row, RequestState.VERIFIED, person_id, attestor_id, now)


@transaction.atomic
def refuse_request(
    *, request_id: UUID, attestor_id: UUID, person_id: int, note: str, now: datetime
) -> CertificateRequest:
    """
    Refuse a request, with the reason.

    :raises CertificateRequestNotFound, RequestDecided: if it does not wait
    :raises SecondPersonRequired: if the person asked, or belongs to the holder
    :raises RefusalReasonMissing: without one
    """
    said = note.strip()
    if not 1 <= len(said) <= NOTE_MAX:
        raise RefusalReasonMissing(field="note")
    with tenancy.acting_as_platform():
        row = _judged(request_id, attestor_id, person_id)
        row.note = said
        return _decided(row, RequestState.REFUSED, person_id, attestor_id, now)


def _judged(request_id: UUID, attestor_id: UUID, person_id: int) -> CertificateRequest:
    row = _waiting(request_id)
    if row.organization_id == attestor_id or row.asked_by_id == person_id:
        raise SecondPersonRequired
    identity_services.require_outsider(person_id=person_id, organization_id=row.organization_id)
    return row


def _waiting(request_id: UUID, **whose: UUID) -> CertificateRequest:
    found = CertificateRequest.objects.filter(pk=request_id, **whose)
    row = found.select_for_update(no_key=True).first()
    if row is None:
        raise CertificateRequestNotFound
    if row.state != RequestState.WAITING:
        raise RequestDecided
    return row


def _decided(
    row: CertificateRequest,
    state: RequestState,
    person_id: int,
    organization_id: UUID,
    now: datetime,
) -> CertificateRequest:
    row.state = state
    row.decided_by_id = person_id
    row.decided_for_id = organization_id
    row.decided_at = now
    row.save()
    _record(EVENTS[state], row)
    return row


EVENTS = {
    RequestState.VERIFIED: CertifyingEvent.VERIFIED,
    RequestState.REFUSED: CertifyingEvent.REFUSED,
    RequestState.WITHDRAWN: CertifyingEvent.WITHDRAWN,
}


def _record(name: CertifyingEvent, row: CertificateRequest) -> None:
    event = events.Event(
        name=name,
        object_kind="certificate_request",
        object_id=row.pk,
        object_label=CertificateKind(row.kind).value,
        concerns=[each for each in (row.organization_id, row.decided_for_id) if each],
        facts={"kind": row.kind},
    )
    events.record([event])
