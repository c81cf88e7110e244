"""Certificates: evidence, attested by somebody else, of what an organisation is."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common import reminders, tenancy
from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from common.moments import market_date
from identity.contracts import CertificateKind
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.evidence import criteria, sizes
from identity.evidence.facts import years_between
from identity.models import Organization, SmeCertificate
from identity.selectors import certificates_to_remind
from identity.services.persons import require_outsider

SWEEP_MAX: Final = 500
# The input that a computed figure comes from.
FIELDS: Final = {"age_years": "established_on", "size": "staff_count"}


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
class CertificateFigures:
    """What was looked at for a certificate; headcount, turnover and assets are of the last year."""

    staff_count: int | None = None
    revenue_minor: int | None = None
    assets_minor: int | None = None
    score: int | None = None
    staff_score: int | None = None
    established_on: date | None = None
    is_listed: bool = False  # on a list of abnormal or dishonest enterprises


@transaction.atomic
def issue_sme_certificate(
    *,
    organization_id: UUID,
    issued_by: UUID,
    issued_by_person: int,
    kind: CertificateKind,
    number: str,
    valid_from: date,
    valid_to: date,
    figures: CertificateFigures,
) -> SmeCertificate:
    """
    Attest what another organisation is, by the newest criteria of the kind.

    :raises NotFound: if there is no such organisation
    :raises SecondPersonRequired: if the attesting person belongs to it
    :raises SmeCriteriaNotMet: if a figure breaks a criterion, or one that it needs is missing
    :raises CertificateExists: if the number is taken
    """
    if organization_id == issued_by:
        raise Forbidden(field="organization_id")
    require_outsider(person_id=issued_by_person, organization_id=organization_id)
    if valid_to <= valid_from:
        raise InvalidInput(field="valid_to")
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None:
        raise NotFound(field="organization_id")
    _require_criteria(kind, figures, industry=organization.industry, on=valid_from)
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
        established_on=figures.established_on,
        criteria=criteria.NEWEST,
    )
    try:
        with transaction.atomic():
            certificate.save(force_insert=True)
    except IntegrityError as error:
        raise CertificateExists(field="number") from error
    _record(IdentityEvent.CERTIFICATE_ISSUED, certificate)
    return certificate


def _record(name: IdentityEvent, certificate: SmeCertificate, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="sme_certificate",
        object_id=certificate.pk,
        object_label=certificate.number,
        concerns=[certificate.organization_id, certificate.issued_by_id],
        facts={"kind": certificate.kind, **facts},
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


def _require_criteria(
    kind: CertificateKind, figures: CertificateFigures, *, industry: str, on: date
) -> None:
    """Compare the figures with what the kind asks for."""
    known = asdict(figures)
    known["size"] = sizes.size_of(industry, known)
    known["age_years"] = years_between(figures.established_on, on)
    for each in criteria.broken(kind, known):
        field = FIELDS.get(each.figure, each.figure)
        raise SmeCriteriaNotMet(field=field, criterion=each.figure)


@transaction.atomic
def remind_of_certificates(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Tell holders 30, 7 and 1 days before a certificate ends; tell how many were told.

    A certificate that was found late is told of once, by the nearest of the days.
    """
    today = market_date(now)
    with tenancy.acting_as_platform():
        due = (
            SmeCertificate.objects.filter(certificates_to_remind(today))
            .order_by("valid_to", "id")
            .select_for_update(skip_locked=True, no_key=True)[:limit]
        )
        told = list(due)
        for certificate in told:
            left = (certificate.valid_to - today).days
            certificate.reminded_days = reminders.step(left)
            _record(IdentityEvent.CERTIFICATE_ENDS_SOON, certificate, days=left)
        SmeCertificate.objects.bulk_update(told, ["reminded_days"])
    return len(told)
