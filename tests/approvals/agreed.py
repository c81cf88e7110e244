"""Programmes, rules and fees, as two people agree on them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace.settlement import services as settlement
from marketplace.settlement.models import FeeRule
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.models import Programme, ProgrammeVersion
from tests import cast


def two(organization: Organization, role: Role) -> tuple[Person, dict[str, Any]]:
    """Return who proposes, and with which words the other one approves."""
    first, second = (cast.member(organization, role) for _n in range(2))
    return Person(first.pk, organization.pk), {
        "person_id": second.pk,
        "organization_id": organization.pk,
    }


def fee(
    rate: str, *, now: datetime, starts_at: datetime | None = None, source: str = "test"
) -> FeeRule:
    by, approving = two(cast.organization("Office"), Role.OPERATOR)
    proposed = settlement.propose_fee_rule(
        rate=Decimal(rate), starts_at=starts_at, source=source, by=by, now=now
    )
    return settlement.publish_fee_rule(proposal_id=proposed.id, now=now, **approving)


def programme(issuer: Organization, *, now: datetime, **facts: Any) -> Programme:
    by, approving = two(issuer, Role.ISSUER)
    with tenancy.acting_as_platform():
        proposed = vouchers.propose_programme(by=by, now=now, **facts)
        return vouchers.create_programme(proposal_id=proposed.id, now=now, **approving)


def rules(of: Programme, *, now: datetime, source: str = "test", **facts: Any) -> ProgrammeVersion:
    by, approving = two(of.issuer, Role.ISSUER)
    with tenancy.acting_as_platform():
        proposed = vouchers.propose_version(
            programme_id=of.pk, source=source, by=by, now=now, **facts
        )
        return vouchers.publish_version(proposal_id=proposed.id, now=now, **approving)
