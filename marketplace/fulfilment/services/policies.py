"""From when on orders are charged: agreed on by two operators, published ahead, never changed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import notice, tenancy
from common.canonical import content_hash
from common.ids import uuid7
from common.moments import parse_moment
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.fulfilment import rules
from marketplace.fulfilment.contracts import POLICY_KIND, PolicyMode, PolicyRefused
from marketplace.fulfilment.event_names import DeliveryPolicyEvent
from marketplace.fulfilment.models import DeliveryPolicy
from marketplace.limits import take_turns


def propose_policy(
    *, mode: str, starts_at: datetime | None, source: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose from when on orders are charged that clear from a moment on.

    It is published once another operator approves it.

    :raises PolicyRefused: if it says what the latest says, or the moment is past or not after it
    :raises NoticeTooShort: if it is worse for buyers and would take effect too soon
    :raises ProposalWaits: if another policy waits already
    """
    latest = _latest()
    _starting(latest, starts_at, PolicyMode(mode), now=now)
    is_worse = _is_worse(latest, PolicyMode(mode))
    draft = Draft(
        kind=POLICY_KIND,
        reference="policy",
        label=str(PolicyMode(mode).label),
        content={"mode": str(mode), "starts_at": starts_at, "source": source},
        role=Role.OPERATOR,
        by=by,
        lapses_at=starts_at and notice.to_announce_by(starts_at, is_worse=is_worse),
        lapses_field="starts_at",
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def publish_policy(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> DeliveryPolicy:
    """
    Publish a policy that another operator proposed.

    :raises PolicyRefused: if a later one was published meanwhile
    :raises NoticeTooShort: if what is left until its moment is shorter than its notice
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=POLICY_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    asked = agreed.content["starts_at"]
    with tenancy.acting_as_platform():
        take_turns("fulfilment.policy")
        latest = _latest()
        mode = PolicyMode(agreed.content["mode"])
        starts_at = _starting(latest, asked and parse_moment(asked), mode, now=now)
        version = latest.version + 1 if latest else 1
        said = {"version": version, "mode": str(mode), "starts_at": starts_at}
        policy = DeliveryPolicy.objects.create(
            id=made,
            version=version,
            mode=mode,
            rule=rules.DELIVERIES.newest,
            starts_at=starts_at,
            source=agreed.content["source"],
            published_at=now,
            published_by_id=agreed.proposed_by_id,
            approved_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
            content_hash=content_hash(said),
        )
        event = events.Event(
            name=DeliveryPolicyEvent.PUBLISHED,
            object_kind="delivery_policy",
            object_id=policy.pk,
            object_label=f"v{policy.version}",
            facts={"mode": str(mode), "starts_at": starts_at},
        )
        events.record([event])
        return policy


def _latest() -> DeliveryPolicy | None:
    return DeliveryPolicy.objects.order_by("-version").first()


def _is_worse(latest: DeliveryPolicy | None, mode: PolicyMode) -> bool:
    """Return whether a policy is worse than the latest one; the first is not."""
    if latest is None:
        return False
    before = (PolicyMode(latest.mode), latest.rule)
    return rules.is_worse(before, (mode, rules.DELIVERIES.newest))


def _starting(
    latest: DeliveryPolicy | None, asked: datetime | None, mode: PolicyMode, *, now: datetime
) -> datetime:
    """Return when the next policy begins."""
    said = (latest.mode, latest.rule) if latest else (PolicyMode.BY_CLOCK, rules.DELIVERIES.newest)
    if said == (mode, rules.DELIVERIES.newest):
        raise PolicyRefused(field="mode")
    if asked is not None and (asked < now or (latest and asked <= latest.starts_at)):
        raise PolicyRefused(field="starts_at")
    if latest is None:
        return asked or now
    is_worse = _is_worse(latest, mode)
    return notice.effective_at(asked, now=now, before=latest.starts_at, is_worse=is_worse)
