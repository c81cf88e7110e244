"""What the market takes: agreed on by two operators, published ahead, and never changed."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from common import notice, tenancy
from common.canonical import content_hash, decimal_text
from common.ids import uuid7
from common.moments import parse_moment
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.settlement import locks, worsening
from marketplace.settlement.contracts import FEE_KIND, FeeRuleRefused
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import FeeRule
from marketplace.settlement.rules import FEES
from marketplace.settlement.worsening import FeeTerms

RATE_DIGITS = 6


def propose_fee_rule(
    *, rate: Decimal, starts_at: datetime | None, source: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose the fee from a moment on; without one, as early as it may take effect once approved.

    It is published once another operator approves it.

    :raises FeeRuleRefused: if the rate is no share, or the moment is past or not after the latest
    :raises NoticeTooShort: if the fee rises and would do so too soon
    :raises ProposalWaits: if another fee waits already
    :raises ProposalTooLate: if nobody could approve it before its notice has to begin
    """
    if not 0 <= rate < 1 or -int(rate.as_tuple().exponent) > RATE_DIGITS:
        told = gettext("it is a share below 100 %%, with at most %(digits)s digits")
        raise FeeRuleRefused(field="rate", problem=told % {"digits": RATE_DIGITS})
    latest = FeeRule.objects.order_by("-version").first()
    _starting(latest, starts_at, rate, now=now)
    draft = Draft(
        kind=FEE_KIND,
        reference="fee",
        label=f"{decimal_text(rate * 100)}%",
        content={"rate": rate, "starts_at": starts_at, "source": source},
        role=Role.OPERATOR,
        by=by,
        lapses_at=starts_at and notice.to_announce_by(starts_at, is_worse=_is_worse(latest, rate)),
        lapses_field="starts_at",
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def publish_fee_rule(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> FeeRule:
    """
    Publish a fee that another operator proposed.

    :raises FeeRuleRefused: if a later one was published meanwhile
    :raises NoticeTooShort: if what is left until its moment is shorter than its notice
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=FEE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    rate = Decimal(agreed.content["rate"])
    asked = agreed.content["starts_at"]
    with tenancy.acting_as_platform():
        locks.fee_rules()
        latest = FeeRule.objects.order_by("-version").first()
        starts_at = _starting(latest, asked and parse_moment(asked), rate, now=now)
        version = latest.version + 1 if latest else 1
        rule = FeeRule.objects.create(
            id=made,
            version=version,
            rate=rate,
            rule=FEES.newest,
            starts_at=starts_at,
            source=agreed.content["source"],
            published_at=now,
            published_by_id=agreed.proposed_by_id,
            approved_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
            content_hash=content_hash({"version": version, "rate": rate, "starts_at": starts_at}),
        )
        event = events.Event(
            name=SettlementEvent.FEE_PUBLISHED,
            object_kind="fee_rule",
            object_id=rule.pk,
            object_label=f"v{version}",
            facts={"rate": rate, "starts_at": starts_at},
        )
        events.record([event])
        return rule


def _starting(
    latest: FeeRule | None, asked: datetime | None, rate: Decimal, *, now: datetime
) -> datetime:
    """Return when the next fee begins."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    if asked is not None and asked < now:
        raise FeeRuleRefused(field="starts_at", problem=gettext("it would begin in the past"))
    if asked is not None and asked <= latest.starts_at:
        told = gettext("version %(version)s begins then or later, and it begins after that")
        raise FeeRuleRefused(field="starts_at", problem=told % {"version": latest.version})
    is_worse = _is_worse(latest, rate)
    return notice.effective_at(asked, now=now, before=latest.starts_at, is_worse=is_worse)


def _is_worse(latest: FeeRule | None, rate: Decimal) -> bool:
    """Return whether a fee is worse than the latest one; the first is not."""
    if latest is None:
        return False
    return worsening.is_worse(FeeTerms(latest.rate, latest.rule), FeeTerms(rate, FEES.newest))
