"""
Providers ask for a pool of codes; two operators allot it, or one declines and says why.

What is asked is a row and nothing more: a pool, and its grants, come with the second operator's
approval, at most as large as it was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from common.ids import uuid7
from identity.approvals import selectors as approvals_selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import (
    POOL_REQUEST_KIND,
    Actor,
    PoolRequestState,
    ResourceClass,
    Role,
)
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.identifiers import regions as region_codes
from identity.register_models import PoolRequest
from identity.services.persons import require_outsider
from identity.services.pools import RESOURCES_IN_POOL_MAX, allot_pool
from identity.services.standing import require_open, require_standing

NAME_MAX: Final = 120
REASON_MAX: Final = 500
REGIONS_MAX: Final = 20
READERS: Final = frozenset({Role.OPERATOR, Role.AUDITOR})


class PoolRequestNotFound(NotFound):
    """There is no such request for a pool, or it is somebody else's."""

    code = "pool_request_not_found"
    sentence = _("There is no such request for a pool.")


class PoolRequestWaits(Refusal):
    """An organisation asks for one pool at a time."""

    code = "pool_request_waits"
    sentence = _("You have asked for a pool already: it waits for an answer.")


class PoolRequestAnswered(Refusal):
    """Somebody was faster, or who asked took it back."""

    code = "pool_request_answered"
    sentence = _("This request for a pool was answered or withdrawn already.")


class PoolRequestProposed(Refusal):
    """Whoever declines does not overtake the operator who was asked to approve."""

    code = "pool_request_proposed"
    sentence = _("Its allotment waits for another operator: refuse or withdraw that first.")


class PoolRequestInvalid(InvalidInput):
    """A request says what the pool is called, how large and for what; a decline says why."""

    code = "pool_request_invalid"
    sentence = _("This is missing, too long, or has not its form.")


@dataclass(frozen=True, slots=True)
class PoolWish:
    """What a provider asks for: regions are beginnings of GB/T 2260 codes; none: everywhere."""

    name: str
    resources_max: int
    reason: str
    regions: Sequence[str] = ()
    classes: Sequence[str] = ()


# --- Reads -------------------------------------------------------------------------------------
def pool_requests_for(actor: Actor) -> QuerySet[PoolRequest]:
    """Return the requests that an actor may see, the newest first: one's own; to duties, all."""
    found = PoolRequest.objects.select_related("organization", "pool").order_by("-id")
    if actor.has_role(*READERS):
        return found
    return found.filter(organization_id=actor.organization_id)


def pool_request_for(actor: Actor, request_id: UUID) -> PoolRequest:
    """
    Return one of them.

    :raises PoolRequestNotFound: if there is none, or it is somebody else's
    """
    found = pool_requests_for(actor).filter(pk=request_id).first()
    if found is None:
        raise PoolRequestNotFound
    return found


def waiting_pool_requests() -> QuerySet[PoolRequest]:
    """Return the requests that wait, the oldest first."""
    found = PoolRequest.objects.select_related("organization")
    return found.filter(state=PoolRequestState.WAITING).order_by("id")


def waiting_pools() -> dict[str, Any]:
    """Return how many requests wait (`count`), and since when the oldest does (`oldest`)."""
    found = waiting_pool_requests().order_by()
    return found.aggregate(count=Count("id"), oldest=Min("asked_at"))


def is_proposed(request_id: UUID) -> bool:
    """Return whether its allotment waits for another operator."""
    waiting = approvals_selectors.waiting(kind=POOL_REQUEST_KIND)
    return waiting.filter(reference=str(request_id)).exists()


# --- Asking ------------------------------------------------------------------------------------
@transaction.atomic
def ask_pool(*, wish: PoolWish, by: Person, now: datetime) -> PoolRequest:
    """
    Ask for a pool for one's own organisation.

    :raises PoolRequestInvalid: naming what has not its form
    :raises OrganizationClosed: if the organisation was closed
    :raises PoolRequestWaits: while another request of the organisation waits
    """
    _require_wish(wish)
    require_open(by.organization_id)
    row = PoolRequest(
        id=uuid7(),
        organization_id=by.organization_id,
        name=wish.name.strip(),
        resources_max=wish.resources_max,
        regions=list(wish.regions),
        classes=list(wish.classes),
        reason=wish.reason.strip(),
        asked_by_id=by.id,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise PoolRequestWaits from error
    _record(IdentityEvent.POOL_ASKED, row, resources_max=row.resources_max)
    return row


def _require_wish(wish: PoolWish) -> None:
    known = region_codes.regions()
    is_good = {
        "name": 1 <= len(wish.name.strip()) <= NAME_MAX,
        "resources_max": 1 <= wish.resources_max <= RESOURCES_IN_POOL_MAX,
        "reason": 1 <= len(wish.reason.strip()) <= REASON_MAX,
        "regions": len(wish.regions) <= REGIONS_MAX
        and all(any(code.startswith(each) for code in known) for each in wish.regions),
        "classes": set(wish.classes) <= set(ResourceClass.values)
        and len(set(wish.classes)) == len(wish.classes),
    }
    wrong = next((name for name, good in is_good.items() if not good), None)
    if wrong:
        raise PoolRequestInvalid(field=wrong)


@transaction.atomic
def withdraw_pool_request(*, request_id: UUID, by: Person, now: datetime) -> PoolRequest:
    """
    Take one's own request back; an allotment that waits for another operator falls away.

    :raises PoolRequestNotFound: if the organisation has none of this name
    :raises PoolRequestAnswered: if it was answered
    """
    row = _open(request_id, organization_id=by.organization_id)
    _close(row, PoolRequestState.WITHDRAWN, by=by, now=now)
    approvals.void_proposals(kind=POOL_REQUEST_KIND, references=[str(row.pk)], now=now)
    _record(IdentityEvent.POOL_WITHDRAWN, row)
    return row


# --- Answering ---------------------------------------------------------------------------------
@transaction.atomic
def decline_pool_request(
    *, request_id: UUID, answer: str, by: Person, now: datetime
) -> PoolRequest:
    """
    Say no to a request, and why.

    :raises PoolRequestInvalid: without an answer of 1 to 500 characters
    :raises PoolRequestNotFound, PoolRequestAnswered: if there is nothing to answer
    :raises PoolRequestProposed: while its allotment waits for another operator
    :raises SecondPersonRequired: if who answers belongs to the organisation
    """
    said = answer.strip()
    if not 1 <= len(said) <= REASON_MAX:
        raise PoolRequestInvalid(field="answer")
    with tenancy.acting_as_platform():
        row = _open(request_id)
        require_outsider(person_id=by.id, organization_id=row.organization_id)
        if is_proposed(row.pk):
            raise PoolRequestProposed
        _close(row, PoolRequestState.DECLINED, by=by, now=now, answer=said)
        _record(IdentityEvent.POOL_ANSWERED, row)
    return row


@transaction.atomic
def propose_pool(
    *, request_id: UUID, resources_max: int | None = None, note: str = "", by: Person, now: datetime
) -> Proposed:
    """
    Propose to allot what was asked for, or a smaller pool; another operator's approval does it.

    :raises PoolRequestInvalid: if the pool would be larger than it was asked for
    :raises PoolRequestNotFound, PoolRequestAnswered: if there is nothing to answer
    :raises OrganizationSuspended, OrganizationClosed: if who asked is suspended or closed by now
    :raises SecondPersonRequired: if who answers belongs to the organisation
    :raises ProposalWaits: if another size or answer waits already
    """
    with tenancy.acting_as_platform():
        asked = PoolRequest.objects.filter(pk=request_id)
        for organization_id in asked.values_list("organization_id", flat=True):
            require_standing(organization_id)
        row = _open(request_id)
        require_outsider(person_id=by.id, organization_id=row.organization_id)
        most = row.resources_max if resources_max is None else resources_max
        if not 1 <= most <= row.resources_max:
            raise PoolRequestInvalid(field="resources_max")
        if len(note.strip()) > REASON_MAX:
            raise PoolRequestInvalid(field="answer")
        content = {
            "request_id": str(row.pk),
            "organization_id": str(row.organization_id),
            "name": row.name,
            "resources_max": most,
            "regions": list(row.regions),
            "classes": list(row.classes),
            "reason": row.reason,
            "answer": note.strip(),
        }
        draft = Draft(
            kind=POOL_REQUEST_KIND,
            reference=str(row.pk),
            label=f"{row.organization.name} · {row.name}",
            content=content,
            reason=row.reason,
            role=Role.OPERATOR,
            barred_organization_id=row.organization_id,
            by=by,
        )
    return approvals.propose(draft, now=now)


@transaction.atomic
def allot_asked_pool(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> PoolRequest:
    """
    Allot a pool that was asked for, as another operator proposed.

    :raises PoolRequestAnswered: if it was answered or withdrawn meanwhile
    :raises OrganizationSuspended: if who asked is suspended by now
    :raises OrganizationClosed, LimitsExceeded, GrantHalted: as `allot_pool`
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=POOL_REQUEST_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = agreed.content
    with tenancy.acting_as_platform():
        require_standing(UUID(said["organization_id"]))
        row = _open(UUID(said["request_id"]))
        limits = {name: said[name] for name in ("regions", "classes") if said[name]}
        row.pool = allot_pool(
            pool_id=made,
            organization_id=row.organization_id,
            name=row.name,
            resources_max=said["resources_max"],
            limits=limits,
            now=now,
            by_id=agreed.proposed_by_id,
        )
        row.state, row.answer, row.answered_at = PoolRequestState.ALLOTTED, said["answer"], now
        row.answered_by_id, row.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        row.proposal_id = agreed.id
        row.save()
        _record(IdentityEvent.POOL_ANSWERED, row, prefix=row.pool.prefix)
    return row


def _open(request_id: UUID, **whose: UUID) -> PoolRequest:
    """Return a request that waits, locked: of two who answer the second finds it answered."""
    found = PoolRequest.objects.filter(pk=request_id, **whose).select_related("organization")
    row = found.select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise PoolRequestNotFound
    if row.state != PoolRequestState.WAITING:
        raise PoolRequestAnswered
    return row


def _close(
    row: PoolRequest, state: PoolRequestState, *, by: Person, now: datetime, answer: str = ""
) -> None:
    row.state, row.answer, row.answered_at, row.answered_by_id = state, answer, now, by.id
    row.save()


def _record(name: IdentityEvent, row: PoolRequest, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="pool_request",
        object_id=row.pk,
        object_label=row.name,
        concerns=[row.organization_id],
        facts={"state": str(row.state), **facts},
    )
    events.record([event])
