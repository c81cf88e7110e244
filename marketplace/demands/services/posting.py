"""A buyer posts a demand, amends it, cancels it, posts it again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import doorbell
from common.ids import uuid7
from common.numbers import take_numbers
from identity.projects import selectors as projects_selectors
from marketplace.demands import locks, rules, selectors, telling
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import (
    KEY_MAX,
    WAITING_MAX,
    DemandChanged,
    DemandIsOver,
    DemandKeyReused,
    DemandMove,
    DemandNotFound,
    DemandState,
    DemandTerms,
    InvalidDemand,
    TooManyDemands,
)
from marketplace.demands.event_names import DemandEvent
from marketplace.demands.models import PostedDemand


@transaction.atomic
def post_demand(
    *,
    buyer_id: UUID,
    key: str,
    terms: DemandTerms,
    now: datetime,
    posted_by_id: int | None = None,
    again_of: UUID | None = None,
) -> PostedDemand:
    """
    Post what a buyer needs; it is matched within a second. The same key again is the same demand.

    :raises InvalidDemand: if a value breaks its limits
    :raises LimitMissing: if it has no price limit and does not take the market price
    :raises DemandKeyReused: if the key stands for another demand
    :raises ProjectNotFound, ProjectClosed, NotInProject: if it is not for this project
    :raises TooManyDemands: if the buyer has as many waiting ones as it may
    """
    if not 1 <= len(key) <= KEY_MAX:
        raise InvalidDemand(field="key", problem=f"1–{KEY_MAX}")
    locks.buyer(buyer_id)
    asked_hash = demand_terms.hash_of(demand_terms.document_of(terms))
    known = PostedDemand.objects.filter(buyer_id=buyer_id, key=key).first()
    if known is not None:
        if known.asked_hash != asked_hash:
            raise DemandKeyReused(field="key")
        return known
    settled = demand_terms.settled(terms, at=now)
    _require_project(terms, buyer_id, posted_by_id)
    if selectors.waiting_count(buyer_id=buyer_id) >= WAITING_MAX:
        raise TooManyDemands(most=WAITING_MAX)
    (number,) = take_numbers("demands_demand_number", prefix="D", at=now)
    row = PostedDemand(
        id=uuid7(),
        number=number,
        key=key,
        buyer_id=buyer_id,
        posted_by_id=posted_by_id,
        again_of_id=again_of,
        asked_hash=asked_hash,
        posted_at=now,
        queued_at=now,
    )
    _state(row, settled)
    row.save(force_insert=True)
    telling.of_demand(DemandEvent.POSTED, row, kind=row.kind)
    doorbell.ring("demands.waiting", demand_id=str(row.pk))
    return row


@transaction.atomic
def amend_demand(
    *, demand_id: UUID, buyer_id: UUID, revision: int, terms: DemandTerms, now: datetime
) -> PostedDemand:
    """
    Let a waiting demand ask for something else; it keeps its place where it asks for no more.

    :raises DemandNotFound: if it does not exist or is someone else's
    :raises DemandIsOver: if it waits no longer
    :raises DemandChanged: if it was amended since that revision
    :raises InvalidDemand, LimitMissing: if a value breaks its limits
    """
    row = _waiting(demand_id, buyer_id)
    if row.revision != revision:
        raise DemandChanged
    before, after = selectors.terms_of(row), demand_terms.settled(terms, at=now)
    if before == after:
        return row
    _require_project(terms, buyer_id, row.posted_by_id)
    keeps = rules.keeps_place(before, after)
    row.revision += 1
    row.looked_at, row.tried = None, []
    if not keeps:
        row.queued_at = now
    _state(row, after)
    row.save()
    telling.of_demand(DemandEvent.AMENDED, row, revision=row.revision, keeps_place=keeps)
    doorbell.ring("demands.waiting", demand_id=str(row.pk))
    return row


@transaction.atomic
def cancel_demand(*, demand_id: UUID, buyer_id: UUID, now: datetime) -> PostedDemand:
    """
    Cancel a waiting demand; it holds nothing and costs nothing.

    :raises DemandNotFound: if it does not exist or is someone else's
    :raises DemandIsOver: if it waits no longer
    """
    row = _waiting(demand_id, buyer_id)
    row.state = rules.TRANSITIONS[DemandState.WAITING, DemandMove.CANCELLED]
    row.closed_at = now
    row.save(update_fields=["state", "closed_at"])
    telling.of_demand(DemandEvent.CANCELLED, row)
    return row


def _require_project(terms: DemandTerms, buyer_id: UUID, person_id: int | None) -> None:
    if terms.project_id is not None:
        projects_selectors.require_open_to(
            terms.project_id, organization_id=buyer_id, person_id=person_id
        )


def _waiting(demand_id: UUID, buyer_id: UUID) -> PostedDemand:
    row = locks.demand(demand_id=demand_id, buyer_id=buyer_id)
    if row is None:
        raise DemandNotFound
    if (DemandState(row.state), DemandMove.CANCELLED) not in rules.TRANSITIONS:
        raise DemandIsOver(state=str(DemandState(row.state).label))
    return row


def _state(row: PostedDemand, terms: DemandTerms) -> None:
    """Write terms on a demand."""
    row.terms = demand_terms.document_of(terms)
    row.terms_hash = demand_terms.hash_of(row.terms)
    row.kind, row.expires_at = terms.kind, terms.expires_at
    row.resource_class = terms.options[0].need.resource_class
