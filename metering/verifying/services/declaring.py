"""A provider's own word about a resource: level 1, and no more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from identity import selectors as identity_selectors
from identity import services as identity_services
from metering.verifying import rules
from metering.verifying.contracts import (
    DECLARED_DAYS,
    FIGURES_MAX,
    BenchmarkFigure,
    InvalidAssessment,
    Level,
)
from metering.verifying.models import Certificate
from metering.verifying.services import standing
from metering.verifying.services.certificates import canonical_document, write_certificate


@transaction.atomic
def declare(
    *,
    resource_id: UUID,
    provider_id: UUID,
    person_id: int,
    figures: Sequence[BenchmarkFigure],
    now: datetime,
) -> Certificate:
    """
    Write down what a provider declares of its resource; it is valid for a year.

    :raises NotFound: if the resource is not the provider's
    :raises InvalidAssessment: if a figure is not above zero, or above what the hardware can do
    :raises OrganizationSuspended: while the organisation is suspended
    """
    identity_services.require_standing(provider_id)
    resource = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    require_plausible(figures, rules.resource_size(resource.specification))
    with tenancy.acting_as_platform():
        certificate = write_certificate(
            resource_id=resource_id,
            provider_id=provider_id,
            level=Level.DECLARED,
            benchmark="declaration",
            figures=figures,
            conditions={},
            issuer_id=provider_id,
            document=canonical_document(
                resource=resource.identifier,
                person=person_id,
                figures=[{"name": f.name, "unit": f.unit, "value": f.value} for f in figures],
                declared_at=now,
            ),
            measured_at=now,
            days=DECLARED_DAYS,
            now=now,
        )
        standing.issued(certificate, now=now)
    return certificate


def require_plausible(figures: Sequence[BenchmarkFigure], size: rules.ResourceSize) -> None:
    """
    Refuse figures that no hardware of this kind reaches.

    :raises InvalidAssessment: naming the figure
    """
    if not 1 <= len(figures) <= FIGURES_MAX or len({f.name for f in figures}) != len(figures):
        raise InvalidAssessment(field="figures", problem=_("1 to 64 figures, each once"))
    for each in figures:
        most = rules.bound(each.name, size)
        if each.value <= 0:
            told = _("%(name)s is not above zero") % {"name": each.name}
            raise InvalidAssessment(field="figures", problem=told)
        if most is not None and each.value > most:
            told = _("%(name)s: the nameplate is %(most)s") % {"name": each.name, "most": most}
            raise InvalidAssessment(field="figures", problem=told)
