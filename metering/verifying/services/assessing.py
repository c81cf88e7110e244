"""An assessment by a third party: asked for, recorded, and decided by somebody else."""

import base64
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import plain
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.events import services as events
from metering.verifying import rules
from metering.verifying.contracts import (
    DOCUMENT_BYTES_MAX,
    NAME_MAX,
    TEXT_MAX,
    VALID_DAYS_MAX,
    AlreadyAssessing,
    Assessed,
    AssessmentNotFound,
    AssessmentState,
    AssessmentStateRefused,
    BenchmarkFigure,
    InvalidAssessment,
    Level,
)
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import Certificate, ThirdPartyAssessment
from metering.verifying.services import standing
from metering.verifying.services.assessors import accredited, require_stranger
from metering.verifying.services.certificates import canonical_document, write_certificate
from metering.verifying.services.declaring import require_plausible

EVENTS: Final[Mapping[AssessmentState, VerifyingEvent]] = {
    AssessmentState.ASKED: VerifyingEvent.ASSESSMENT_ASKED,
    AssessmentState.RECORDED: VerifyingEvent.ASSESSMENT_RECORDED,
    AssessmentState.GRANTED: VerifyingEvent.ASSESSMENT_GRANTED,
    AssessmentState.REFUSED: VerifyingEvent.ASSESSMENT_REFUSED,
    AssessmentState.WITHDRAWN: VerifyingEvent.ASSESSMENT_WITHDRAWN,
}


@transaction.atomic
def ask_assessment(
    *,
    resource_id: UUID,
    provider_id: UUID,
    person_id: int,
    assessor_organization_id: UUID,
    note: str,
    now: datetime,
) -> ThirdPartyAssessment:
    """
    Ask an accredited third party to assess a resource.

    :raises NotFound: if the resource is not the provider's
    :raises AssessorNotAccredited: if it is no assessor now
    :raises AssessorRelated: if the two are related
    :raises AlreadyAssessing: while an assessment of the resource is under way
    """
    identity_services.require_standing(provider_id)
    identity_selectors.resource_of_provider(resource_id=resource_id, provider_id=provider_id)
    with tenancy.acting_as_platform():
        assessor = accredited(assessor_organization_id, now=now)
        require_stranger(assessor_id=assessor.organization_id, provider_id=provider_id, now=now)
        try:
            with transaction.atomic():
                row = ThirdPartyAssessment.objects.create(
                    resource_id=resource_id,
                    provider_id=provider_id,
                    assessor=assessor,
                    assessor_organization_id=assessor.organization_id,
                    note=note.strip()[:TEXT_MAX],
                    asked_by_id=person_id,
                    asked_at=now,
                )
        except IntegrityError as error:
            raise AlreadyAssessing(field="resource") from error
        _record(row)
    return row


@transaction.atomic
def withdraw_assessment(
    *, assessment_id: UUID, provider_id: UUID, person_id: int
) -> ThirdPartyAssessment:
    """
    Take back what was asked for, before it is decided.

    :raises AssessmentNotFound: if it is another organisation's
    :raises AssessmentStateRefused: if it was decided
    """
    with tenancy.acting_as_platform():
        row = _held(
            assessment_id,
            AssessmentState.ASKED,
            AssessmentState.RECORDED,
            provider_id=provider_id,
        )
        row.state, row.decided_by_id = AssessmentState.WITHDRAWN, person_id
        row.save(update_fields=["state", "decided_by"])
        _record(row)
    return row


@transaction.atomic
def record_assessment(
    *,
    assessment_id: UUID,
    assessor_organization_id: UUID,
    person_id: int,
    said: Assessed,
    now: datetime,
) -> ThirdPartyAssessment:
    """
    Record what an assessor found out; it waits for the decision of somebody else.

    :raises AssessmentNotFound: if it was asked of another assessor
    :raises AssessmentStateRefused: if it was recorded or withdrawn before
    :raises AssessorNotAccredited, AssessorRelated: if the assessor may not assess now
    :raises InvalidAssessment: if a figure, a day, the document or its signature is not valid
    """
    with tenancy.acting_as_platform():
        row = _held(
            assessment_id,
            AssessmentState.ASKED,
            assessor_organization_id=assessor_organization_id,
        )
        accredited(assessor_organization_id, now=now)
        require_stranger(assessor_id=assessor_organization_id, provider_id=row.provider_id, now=now)
        _check(said, row, now)
        row.content = _content(said)
        row.document = said.document or canonical_document(
            assessment=row.pk, resource=row.resource.identifier, **row.content
        )
        row.document_name = said.document_name[:200] or "assessment.json"
        row.signature, row.public_key = said.signature, said.public_key
        row.recorded_by_id, row.recorded_at = person_id, now
        row.state = AssessmentState.RECORDED
        row.save()
        _record(row)
    return row


def _content(said: Assessed) -> dict[str, Any]:
    content: dict[str, Any] = plain(
        {
            "benchmark": said.benchmark,
            "benchmark_version": said.benchmark_version,
            "figures": [asdict(each) for each in said.figures],
            "conditions": said.conditions,
            "measured_at": said.measured_at,
            "valid_days": said.valid_days,
        }
    )
    return content


def _check(said: Assessed, row: ThirdPartyAssessment, now: datetime) -> None:
    if not 1 <= len(said.benchmark.strip()) <= NAME_MAX:
        raise InvalidAssessment(field="benchmark", problem=_("1 to 80 characters"))
    if not 1 <= said.valid_days <= VALID_DAYS_MAX:
        raise InvalidAssessment(field="valid_days", problem=_("1 to 731 days"))
    if not now - timedelta(days=VALID_DAYS_MAX) <= said.measured_at <= now:
        raise InvalidAssessment(field="measured_at", problem=_("not yet, or more than 2 years ago"))
    if len(said.document) > DOCUMENT_BYTES_MAX:
        raise InvalidAssessment(field="document", problem=_("at most 1 MiB"))
    if (said.signature or said.public_key) and not _is_signed(said):
        raise InvalidAssessment(field="signature", problem=_("it is none over this document"))
    require_plausible(said.figures, rules.resource_size(row.resource.specification))


def _is_signed(said: Assessed) -> bool:
    try:
        key = base64.b64decode(said.public_key, validate=True)
        raw = base64.b64decode(said.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(raw, said.document)
    except (ValueError, InvalidSignature):
        return False
    return bool(said.document)


@transaction.atomic
def grant_assessment(
    *, assessment_id: UUID, organization_id: UUID, person_id: int, now: datetime
) -> Certificate:
    """
    Grant what was recorded: the resource has level 3 from now on.

    :raises AssessmentNotFound: if there is none
    :raises AssessmentStateRefused: if nothing is recorded that waits
    :raises SecondPersonRequired: if the person belongs to the provider or the assessor
    :raises AssessorRelated: if the two became related meanwhile
    """
    with tenancy.acting_as_platform():
        row = _judged(assessment_id, organization_id, person_id, AssessmentState.RECORDED)
        require_stranger(
            assessor_id=row.assessor_organization_id, provider_id=row.provider_id, now=now
        )
        _decide(row, AssessmentState.GRANTED, organization_id, person_id, now)
        content: Any = row.content
        certificate = write_certificate(
            resource_id=row.resource_id,
            provider_id=row.provider_id,
            level=Level.ASSESSED,
            benchmark=content["benchmark"],
            benchmark_version=content["benchmark_version"],
            figures=[_figure(each) for each in content["figures"]],
            conditions=content["conditions"],
            issuer_id=row.assessor_organization_id,
            assessment=row,
            document=bytes(row.document or b""),
            signature=row.signature,
            public_key=row.public_key,
            rule=rules.CURRENT,
            measured_at=datetime.fromisoformat(content["measured_at"]),
            days=content["valid_days"],
            now=now,
        )
        standing.issued(certificate, now=now)
    return certificate


def _figure(said: dict[str, Any]) -> BenchmarkFigure:
    return BenchmarkFigure(
        name=said["name"],
        unit=said["unit"],
        value=Decimal(said["value"]),
        repeats=said["repeats"],
        spread=None if said["spread"] is None else Decimal(said["spread"]),
    )


@transaction.atomic
def refuse_assessment(
    *, assessment_id: UUID, organization_id: UUID, person_id: int, reason: str, now: datetime
) -> ThirdPartyAssessment:
    """
    Refuse an assessment, for a reason.

    :raises AssessmentNotFound, AssessmentStateRefused, SecondPersonRequired: as when it is granted
    :raises InvalidAssessment: without a reason
    """
    said = reason.strip()
    if not 1 <= len(said) <= TEXT_MAX:
        raise InvalidAssessment(field="reason", problem=_("1 to 500 characters"))
    with tenancy.acting_as_platform():
        row = _judged(
            assessment_id,
            organization_id,
            person_id,
            AssessmentState.ASKED,
            AssessmentState.RECORDED,
        )
        row.reason = said
        return _decide(row, AssessmentState.REFUSED, organization_id, person_id, now)


def _judged(
    assessment_id: UUID, organization_id: UUID, person_id: int, *states: AssessmentState
) -> ThirdPartyAssessment:
    row = _held(assessment_id, *states)
    for party in (row.provider_id, row.assessor_organization_id):
        identity_services.require_outsider(person_id=person_id, organization_id=party)
        if organization_id == party:
            raise AssessmentNotFound
    return row


def _held(assessment_id: UUID, *states: AssessmentState, **whose: UUID) -> ThirdPartyAssessment:
    found = ThirdPartyAssessment.objects.filter(pk=assessment_id, **whose).select_related(
        "resource"
    )
    row = found.select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise AssessmentNotFound
    if row.state not in states:
        raise AssessmentStateRefused
    return row


def _decide(
    row: ThirdPartyAssessment,
    state: AssessmentState,
    organization_id: UUID,
    person_id: int,
    now: datetime,
) -> ThirdPartyAssessment:
    row.state, row.decided_at = state, now
    row.decided_by_id, row.decided_for_id = person_id, organization_id
    row.save(update_fields=["state", "decided_at", "decided_by", "decided_for", "reason"])
    _record(row)
    return row


def _record(row: ThirdPartyAssessment) -> None:
    event = events.Event(
        name=EVENTS[AssessmentState(row.state)],
        object_kind="assessment",
        object_id=row.pk,
        object_label=str(row.resource_id),
        concerns=[row.provider_id, row.assessor_organization_id],
        facts={"resource_id": str(row.resource_id)},
    )
    events.record([event])
