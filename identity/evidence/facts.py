"""
What is known of an organisation at a moment, and the evidence that each fact rests on.

Nobody's own word is a fact: facts come from the register, which the market keeps, and from
certificates that somebody else attested. What nobody proved stays unknown.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Q

from common.moments import market_date
from identity.contracts import SME_KINDS, CertificateKind, EnterpriseClass, EnterpriseSize
from identity.evidence.sizes import size_of
from identity.models import Organization, SmeCertificate

REGISTER: Final = "register"
CERTIFICATE: Final = "certificate"
FIGURES: Final = ("staff_count", "revenue_minor", "assets_minor")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fact rests on: an entry of the register, or a certificate with its number."""

    kind: str
    number: str
    id: UUID


@dataclass(frozen=True, slots=True)
class ProvenFact(Generic[Value]):
    """A value with its grounds; unknown without a value."""

    value: Value | None = None
    grounds: tuple[Ground, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether somebody proved it."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate that is valid at the moment."""

    id: UUID
    kind: CertificateKind
    number: str
    issued_by_id: UUID
    valid_from: date
    valid_to: date  # exclusive
    criteria: str

    @property
    def ground(self) -> Ground:
        """Return it as what facts rest on."""
        return Ground(CERTIFICATE, self.number, self.id)


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """What is known of an organisation at a moment."""

    organization_id: UUID
    at: datetime
    region: ProvenFact[str]
    industry: ProvenFact[str]
    size: ProvenFact[EnterpriseSize]
    established_on: ProvenFact[date]
    age_years: ProvenFact[int]
    standing: ProvenFact[EnterpriseClass]
    certificates: tuple[HeldCertificate, ...]

    def holds(self, *kinds: CertificateKind) -> bool:
        """Tell whether a certificate of one of the kinds is valid."""
        return any(each.kind in kinds for each in self.certificates)

    @property
    def data(self) -> dict[str, Any]:
        """Return the facts as they are stored with what was decided on them."""
        names = ("region", "industry", "size", "established_on", "age_years", "standing")
        return {
            "at": self.at.isoformat(),
            **{name: _data(getattr(self, name)) for name in names},
            "certificates": [
                {
                    "id": str(each.id),
                    "kind": each.kind.value,
                    "number": each.number,
                    "valid_from": each.valid_from.isoformat(),
                    "valid_to": each.valid_to.isoformat(),
                    "criteria": each.criteria,
                }
                for each in self.certificates
            ],
        }


def facts_of(organization_id: UUID, at: datetime) -> OrganizationFacts:
    """Return what is known of an organisation at a moment; of an unknown one, nothing."""
    return facts_of_many([organization_id], at)[organization_id]


def facts_of_many(
    organization_ids: Collection[UUID], at: datetime
) -> dict[UUID, OrganizationFacts]:
    """Return what is known of organisations at a moment, in two statements for all."""
    today = market_date(at)
    known = Organization.objects.in_bulk(list(organization_ids))
    held: dict[UUID, list[SmeCertificate]] = {each: [] for each in organization_ids}
    rows = (
        SmeCertificate.objects.filter(organization_id__in=organization_ids)
        .filter(
            Q(revoked_at=None) | Q(revoked_at__gt=at), valid_from__lte=today, valid_to__gt=today
        )
        .order_by("-valid_from", "-id")
    )
    for row in rows:
        held[row.organization_id].append(row)
    return {each: _facts(each, known.get(each), held[each], at) for each in organization_ids}


def certificates_between(
    organization_ids: Collection[UUID], first: date, last: date
) -> dict[UUID, list[HeldCertificate]]:
    """
    Return the certificates of organisations that were valid on some day of a period.

    One that was revoked ends on the day of that; the earliest comes first.
    """
    found: dict[UUID, list[HeldCertificate]] = {each: [] for each in organization_ids}
    rows = SmeCertificate.objects.filter(
        organization_id__in=organization_ids, valid_from__lt=last, valid_to__gt=first
    ).order_by("valid_from", "id")
    for row in rows:
        held = _held(row)
        if row.revoked_at is not None:
            held = replace(held, valid_to=min(held.valid_to, market_date(row.revoked_at)))
        if held.valid_to > max(held.valid_from, first):
            found[row.organization_id].append(held)
    return found


def _facts(
    organization_id: UUID,
    known: Organization | None,
    rows: list[SmeCertificate],
    at: datetime,
) -> OrganizationFacts:
    certificates = tuple(_held(row) for row in rows)
    industry = known.industry if known else ""
    established = _established(rows)
    size = _size(rows, industry)
    return OrganizationFacts(
        organization_id=organization_id,
        at=at,
        region=_registered(known, known.region if known else ""),
        industry=_registered(known, industry),
        size=size,
        established_on=established,
        age_years=ProvenFact(
            years_between(established.value, market_date(at)), established.grounds
        ),
        standing=_standing(certificates, size),
        certificates=certificates,
    )


def _registered(known: Organization | None, value: str) -> ProvenFact[str]:
    if known is None or not value:
        return ProvenFact()
    return ProvenFact(value, (Ground(REGISTER, known.uscc, known.pk),))


def _size(rows: Iterable[SmeCertificate], industry: str) -> ProvenFact[EnterpriseSize]:
    """Return the size by the newest certificate whose figures tell it."""
    for row in rows:
        found = size_of(industry, {name: getattr(row, name) for name in FIGURES})
        if found is not None:
            return ProvenFact(found, (_held(row).ground,))
    return ProvenFact()


def _established(rows: Iterable[SmeCertificate]) -> ProvenFact[date]:
    for row in rows:
        if row.established_on is not None:
            return ProvenFact(row.established_on, (_held(row).ground,))
    return ProvenFact()


def _standing(
    certificates: Iterable[HeldCertificate], size: ProvenFact[EnterpriseSize]
) -> ProvenFact[EnterpriseClass]:
    """Return the class of an enterprise: young before small, and large only where it is proved."""
    by_class: Mapping[EnterpriseClass, frozenset[CertificateKind]] = {
        EnterpriseClass.STARTUP: frozenset({CertificateKind.START_UP}),
        EnterpriseClass.SME: SME_KINDS,
    }
    listed = list(certificates)
    for found, kinds in by_class.items():
        grounds = tuple(each.ground for each in listed if each.kind in kinds)
        if grounds:
            return ProvenFact(found, grounds)
    if size.value is EnterpriseSize.LARGE:
        return ProvenFact(EnterpriseClass.STANDARD, size.grounds)
    return ProvenFact(EnterpriseClass.SME, size.grounds) if size.value else ProvenFact()


def _held(row: SmeCertificate) -> HeldCertificate:
    return HeldCertificate(
        id=row.pk,
        kind=CertificateKind(row.kind),
        number=row.number,
        issued_by_id=row.issued_by_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        criteria=row.criteria,
    )


def years_between(first: date | None, last: date) -> int | None:
    """Return the whole years between two days; None if the first is unknown."""
    if first is None:
        return None
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def _data(fact: ProvenFact[Any]) -> dict[str, Any]:
    value = fact.value.isoformat() if isinstance(fact.value, date) else fact.value
    return {
        "value": value,
        "grounds": [{"kind": each.kind, "number": each.number} for each in fact.grounds],
    }
