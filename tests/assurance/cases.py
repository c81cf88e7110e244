"""A case that a rule would have opened."""

from dataclasses import asdict
from datetime import datetime

from common import tenancy
from common.canonical import content_hash, plain
from common.numbers import take_numbers
from identity.approvals.contracts import Person
from identity.models import Organization
from marketplace.assurance import services
from marketplace.assurance.contracts import WatchedOrder
from marketplace.assurance.models import Case, CaseEvidence, SurveillanceRule
from marketplace.orders import selectors as orders_selectors


def opened(party: Organization, *, at: datetime, by: Person | None = None) -> Case:
    """Return a case about an organisation; with `by`, in somebody's hands."""
    with tenancy.acting_as_platform():
        open_one = Case.objects.filter(
            pattern="cancel_burst", subject=str(party.pk), closed_at=None
        ).first()
        if open_one is not None:
            return services.take_case(case_id=open_one.pk, by=by) if by else open_one
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


def shown_by_orders(case: Case, party: Organization, *, at: datetime) -> list[CaseEvidence]:
    """Let the case rest on every order of the party so far, as the reader of the record does."""
    with tenancy.acting_as_platform():
        found = orders_selectors.watched(parties=[party.pk], since=at, limit=100)
        seen = [WatchedOrder(**each) for each in found]
        facts = [plain(asdict(each)) for each in seen]
        return CaseEvidence.objects.bulk_create(
            CaseEvidence(
                case=case,
                order_id=each.order_id,
                label=each.number,
                facts=told,
                content_hash=content_hash(told),
                found_at=at,
            )
            for each, told in zip(seen, facts, strict=True)
        )
