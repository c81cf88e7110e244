"""Writing down what waits for a second person."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from common import tenancy
from common.canonical import canonical_json, content_hash, plain
from identity.approvals import selectors
from identity.approvals.contracts import (
    CONTENT_BYTES_MAX,
    REFERENCE_LENGTH_MAX,
    Draft,
    ProposalState,
    ProposalTooLate,
    ProposalTooLong,
    ProposalWaits,
    Proposed,
    TooManyProposals,
)
from identity.approvals.event_names import ProposalEvent
from identity.approvals.models import Proposal
from identity.approvals.services.expiring import expire
from identity.approvals.services.recording import record_proposals

LOCK_CLASS = 12


@transaction.atomic
def propose(draft: Draft, *, now: datetime) -> Proposed:
    """
    Let an act wait for a second person; the same draft again is the same proposal.

    :raises ProposalWaits: if something else waits under its reference
    :raises TooManyProposals: if the person has as many that wait as are allowed
    :raises ProposalTooLate: if nobody could approve it in time
    :raises ProposalTooLong: if its content is too long to be frozen
    """
    frozen = plain(draft.content)
    if len(canonical_json(frozen)) > CONTENT_BYTES_MAX:
        raise ProposalTooLong(most=CONTENT_BYTES_MAX)
    digest = content_hash(frozen)
    with tenancy.acting_as_platform():
        known = _waiting(draft, now=now) or _write(draft, frozen, digest, now=now)
    if known.content_hash != digest:
        raise ProposalWaits
    return selectors.proposed(known)


def _waiting(draft: Draft, *, now: datetime) -> Proposal | None:
    known = selectors.waiting(kind=draft.kind).filter(reference=draft.reference).first()
    if known is not None and known.expires_at <= now:
        expire(Proposal.objects.filter(pk=known.pk), now=now)  # Nobody has swept it yet.
        return None
    return known


def _write(draft: Draft, frozen: object, digest: str, *, now: datetime) -> Proposal:
    _require_room(draft.by.id)
    proposal = Proposal(
        kind=draft.kind,
        reference=draft.reference,
        label=draft.label[:REFERENCE_LENGTH_MAX],
        content=frozen,
        content_hash=digest,
        amount_minor=draft.amount_minor,
        reason=draft.reason,
        proposed_by_id=draft.by.id,
        proposed_for_id=draft.by.organization_id,
        proposed_at=now,
        expires_at=_expiry(draft, now=now),
        role=draft.role,
        desk_id=draft.desk_id,
        barred_organization_id=draft.barred_organization_id,
        barred_person_id=draft.barred_person_id,
    )
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError:
        # Somebody was quicker: what they proposed is there now, or decided already.
        known = selectors.waiting(kind=draft.kind).filter(reference=draft.reference).first()
        if known is None:
            raise
        return known
    record_proposals(ProposalEvent.MADE, [proposal])
    return proposal


def _expiry(draft: Draft, *, now: datetime) -> datetime:
    latest = now + timedelta(days=settings.APPROVALS_EXPIRY_DAYS)
    if draft.lapses_at is None:
        return latest
    if draft.lapses_at <= now:
        raise ProposalTooLate(field=draft.lapses_field or None)
    return min(latest, draft.lapses_at)


def _require_room(person_id: int) -> None:
    """Bound what one person may let wait; their proposals take turns, so the count is true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, person_id % 2**31])
    waiting = Proposal.objects.filter(state=ProposalState.PROPOSED, proposed_by_id=person_id)
    if waiting.count() >= settings.APPROVALS_WAITING_MAX:
        raise TooManyProposals(most=settings.APPROVALS_WAITING_MAX)
