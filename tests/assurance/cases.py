"""A case that a rule would have opened."""

from datetime import datetime

from common import tenancy
from common.numbers import take_numbers
from identity.approvals.contracts import Person
from identity.models import Organization
from marketplace.assurance import services
from marketplace.assurance.models import Case, SurveillanceRule


def opened(party: Organization, *, at: datetime, by: Person | None = None) -> Case:
    """Return a case about an organisation; with `by`, in somebody's hands."""
    with tenancy.acting_as_platform():
        (number,) = take_numbers("assurance_case_number", prefix="A", at=at)
        case = Case.objects.create(
            number=number,
            rule=SurveillanceRule.objects.get(pattern="cancel_burst", version=1),
            pattern="cancel_burst",
            subject=str(party.pk),
            organization_ids=[party.pk],
            opened_at=at,
            grew_at=at,
        )
    return services.take_case(case_id=case.pk, by=by) if by else case
