"""Record what somebody else attests about a resource's capacity."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.period import Period
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.events import services as events
from metering import rules
from metering.contracts import (
    MODEL_ALIASES_MAX,
    MODEL_NAME_MAX,
    TOKENS_A_SECOND,
    Assessment,
    CapacityLine,
    CertificateRefused,
)
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
    model: str = "",
    aliases: Sequence[str] = (),
) -> CapacityCertificate:
    """
    Record a capacity figure of one unit of a resource, attested by another organisation.

    A figure of tokens a second names the model that answers them, and what else it is called:
    whoever asks what serves a model finds it by one of these names and by no other.

    :raises NotFound: if there is no such resource
    :raises CertificateRefused: if the provider attests itself, the figure is out of reach,
        no source is named, or a model is named that the figure does not speak of
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
    model, names = _model_names(model, aliases, line.unit)
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
        model=model,
        aliases=names,
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


def _model_names(model: str, aliases: Sequence[str], unit: str) -> tuple[str, list[str]]:
    """Return a model's name and its other names: once each, in small letters."""
    name = model.strip()
    others = sorted({each.strip().lower() for each in aliases} - {"", name.lower()})
    if (name or others) and unit != TOKENS_A_SECOND:
        raise CertificateRefused(field="model", reason="only tokens a second are a model's")
    if others and not name:
        raise CertificateRefused(field="model", reason="a model that goes by other names has one")
    longest = max(map(len, (name, *others)))
    if len(others) > MODEL_ALIASES_MAX or longest > MODEL_NAME_MAX:
        told = f"at most {MODEL_ALIASES_MAX} other names of {MODEL_NAME_MAX} characters"
        raise CertificateRefused(field="aliases", reason=told)
    return name, others
