"""Evidence that an organisation is a small or medium one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from identity.contracts import SmeKind
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import Organization, SmeCertificate
from identity.services.persons import require_outsider

# A technology SME: at most 500 staff, turnover and assets at most CNY 200 million each, 60 points
# of the published score, some of them for staff.
TECHNOLOGY_STAFF_MAX: Final = 500
TECHNOLOGY_REVENUE_MINOR_MAX: Final = 200_000_000_00
TECHNOLOGY_ASSETS_MINOR_MAX: Final = 200_000_000_00
TECHNOLOGY_SCORE_MIN: Final = 60


class SmeCriteriaNotMet(Refusal):
    """The figures do not meet the definition that would be attested."""

    code = "sme_criteria_not_met"
    status = 422
    sentence = _("The criterion %(criterion)s is not met.")


class CertificateExists(Refusal):
    """The number stands for another certificate."""

    code = "certificate_exists"
    sentence = _("A certificate with this number exists already.")


@dataclass(frozen=True, slots=True)
class SmeFigures:
    """What an SME certificate attests: headcount, turnover and assets of the last year."""

    staff_count: int
    revenue_minor: int
    assets_minor: int
    score: int | None = None
    staff_score: int | None = None


@transaction.atomic
def issue_sme_certificate(
    *,
    organization_id: UUID,
    issued_by: UUID,
    issued_by_person: int,
    kind: SmeKind,
    number: str,
    valid_from: date,
    valid_to: date,
    figures: SmeFigures,
) -> SmeCertificate:
    """
    Attest that an organisation counts as a small or medium one.

    :raises NotFound: if there is no such organisation
    :raises SecondPersonRequired: if the attesting person belongs to it
    :raises SmeCriteriaNotMet: if a figure breaks the definition
    :raises CertificateExists: if the number is taken
    """
    if organization_id == issued_by:
        raise Forbidden(field="organization_id")
    require_outsider(person_id=issued_by_person, organization_id=organization_id)
    if valid_to <= valid_from:
        raise InvalidInput(field="valid_to")
    if not Organization.objects.filter(pk=organization_id).exists():
        raise NotFound(field="organization_id")
    _require_criteria(kind, figures)
    certificate = SmeCertificate(
        organization_id=organization_id,
        issued_by_id=issued_by,
        issued_by_person_id=issued_by_person,
        kind=kind,
        number=number,
        valid_from=valid_from,
        valid_to=valid_to,
        staff_count=figures.staff_count,
        revenue_minor=figures.revenue_minor,
        assets_minor=figures.assets_minor,
        score=figures.score,
        staff_score=figures.staff_score,
    )
    try:
        with transaction.atomic():
            certificate.save(force_insert=True)
    except IntegrityError as error:
        raise CertificateExists(field="number") from error
    _record(IdentityEvent.CERTIFICATE_ISSUED, certificate)
    return certificate


def _record(name: IdentityEvent, certificate: SmeCertificate) -> None:
    event = events.Event(
        name=name,
        object_kind="sme_certificate",
        object_id=certificate.pk,
        object_label=certificate.number,
        concerns=[certificate.organization_id, certificate.issued_by_id],
        facts={"kind": certificate.kind},
    )
    events.record([event])


@transaction.atomic
def revoke_sme_certificate(
    *, certificate_id: UUID, issued_by: UUID, revoked_by_person: int, now: datetime
) -> SmeCertificate:
    """
    End a certificate, by the organisation that issued it. Ending it twice changes nothing.

    :raises NotFound: if it does not exist or another organisation issued it
    """
    issued = SmeCertificate.objects.filter(pk=certificate_id, issued_by_id=issued_by)
    ended = issued.filter(revoked_at=None).update(
        revoked_at=now, revoked_by_person=revoked_by_person
    )
    certificate = issued.first()
    if certificate is None:
        raise NotFound
    if ended:
        _record(IdentityEvent.CERTIFICATE_REVOKED, certificate)
    return certificate


def _require_criteria(kind: SmeKind, figures: SmeFigures) -> None:
    """Compare the figures with the definition of a technology SME; other kinds need none."""
    if kind != SmeKind.TECHNOLOGY_SME:
        return
    criteria = {
        "staff_count": figures.staff_count <= TECHNOLOGY_STAFF_MAX,
        "revenue_minor": figures.revenue_minor <= TECHNOLOGY_REVENUE_MINOR_MAX,
        "assets_minor": figures.assets_minor <= TECHNOLOGY_ASSETS_MINOR_MAX,
        "score": (figures.score or 0) >= TECHNOLOGY_SCORE_MIN,
        "staff_score": (figures.staff_score or 0) > 0,
    }
    for criterion, is_met in criteria.items():
        if not is_met:
            raise SmeCriteriaNotMet(field=criterion, criterion=criterion)
