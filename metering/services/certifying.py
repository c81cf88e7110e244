"""Record what somebody else attests about a resource's capacity."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.period import Period
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.events import services as events
from metering import rules
from metering.contracts import Assessment, CapacityLine, CertificateRefused
from metering.event_names import MeteringEvent
from metering.models import CapacityCertificate


@transaction.atomic
def certify_capacity(
    *,
    resource_id: UUID,
    verifier_id: UUID,
    verifier_person_id: int,
    line: CapacityLine,
    assessment: Assessment,
    source: str,
    period: Period,
    now: datetime,
) -> CapacityCertificate:
    """
    Record a capacity figure of one unit of a resource, attested by another organisation.

    :raises NotFound: if there is no such resource
    :raises CertificateRefused: if the provider attests itself, the figure is out of reach,
        or no source is named
    :raises SecondPersonRequired: if the verifier's person belongs to the provider as well
    """
    resource = identity_selectors.resource(resource_id)
    if resource.provider_id == verifier_id:
        raise CertificateRefused(field="verifier", reason="nobody certifies their own capacity")
    identity_services.require_outsider(
        person_id=verifier_person_id, organization_id=resource.provider_id
    )
    if not 0 < rules.factor_for(line.value) <= rules.FACTOR_MAX:
        raise CertificateRefused(field="value", reason="no unit delivers so little, or so much")
    if not source.strip():
        raise CertificateRefused(field="source", reason="a source must be named")
    if period.ends_at <= now:
        raise CertificateRefused(field="valid_to", reason="the certificate is over already")
    certificate = CapacityCertificate.objects.create(
        resource=resource,
        provider_id=resource.provider_id,
        precision=line.precision,
        density=line.density,
        path=line.path,
        value=line.value,
        unit=line.unit,
        assessment=assessment,
        source=source,
        verifier_id=verifier_id,
        verifier_person_id=verifier_person_id,
        valid_from=period.starts_at,
        valid_to=period.ends_at,
        certified_at=now,
    )
    event = events.Event(
        name=MeteringEvent.CERTIFICATE_ISSUED,
        object_kind="capacity_certificate",
        object_id=certificate.pk,
        object_label=resource.identifier,
        concerns=[resource.provider_id, verifier_id],
        facts={"resource_id": resource.pk, "assessment": assessment},
    )
    events.record([event])
    return certificate
