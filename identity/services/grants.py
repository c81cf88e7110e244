"""Prefixes of codes are granted, suspended, renewed, and end: each time by a row that replaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, Refusal
from common.ids import uuid7
from identity.contracts import GRANT_REASON_MAX, GrantLevel, GrantNotFound, GrantState
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.register_models import IdentifierGrant

GRANT_LIFE: Final = timedelta(days=3 * 365)
NODE_GRANT_LIFE: Final = timedelta(days=365)
REGISTERING: Final = ("answer", "register")
NODE_RIGHTS: Final = ("allot", "answer", "register")
EXPIRED_MAX: Final = 200
EXPIRED: Final = "expired"
OWNER_CLOSED: Final = "owner closed"
MOVES: Final = {
    (GrantState.ACTIVE, GrantState.SUSPENDED),
    (GrantState.SUSPENDED, GrantState.ACTIVE),
    (GrantState.ACTIVE, GrantState.ENDED),
    (GrantState.SUSPENDED, GrantState.ENDED),
}


class GrantMoveRefused(Refusal):
    """A grant that ended, or that is in this state already, takes no such step."""

    code = "grant_move_refused"
    sentence = _("A grant that is %(before)s cannot become %(after)s.")


class GrantOverlap(Refusal):
    """A prefix is granted once, within the grant above it, and no wider."""

    code = "grant_overlap"
    sentence = _(
        "The prefix is granted already, or the grant above it does not let it be granted so."
    )


class GrantReasonMissing(InvalidInput):
    """Those whom it stops read why."""

    code = "grant_reason_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDraft:
    """
    What is granted: a prefix to a node, an owner or a pool, with rights and limits.

    `limits` may hold `regions` (beginnings of region codes), `classes`, `children` (how many grants
    below it) and `resources`.
    """

    prefix: str
    profile: str
    level: GrantLevel
    issuer: str
    name: str
    subject_node: str = ""  # the issuer itself, if empty
    host: str = ""  # as the subject
    organization_id: UUID | None = None
    rights: Sequence[str] = REGISTERING
    limits: Mapping[str, Any] = field(default_factory=dict)
    life: timedelta = GRANT_LIFE


@transaction.atomic
def grant_prefix(*, draft: GrantDraft, now: datetime, by_id: int | None = None) -> IdentifierGrant:
    """
    Grant a prefix for the first time; the same again is the grant that is there.

    The grant above is the one of the longest prefix that this one extends; the database compares
    the two.

    :raises GrantOverlap: if it is another's, or wider than the grant above it
    :raises LimitsExceeded: if the grant above has as many below it as it may
    """
    with tenancy.acting_as_platform():
        there = current_grant(draft.prefix)
        subject = draft.subject_node or draft.issuer
        if there is not None:
            if (there.issuer, there.subject_node, there.organization_id) != (
                draft.issuer,
                subject,
                draft.organization_id,
            ):
                raise GrantOverlap(field="prefix")
            return there
        above = _above(draft.prefix)
        made = IdentifierGrant(
            profile=draft.profile,
            prefix=draft.prefix,
            sequence=1,
            level=draft.level,
            depth=1,
            issuer=draft.issuer,
            subject_node=subject,
            organization_id=draft.organization_id,
            name=draft.name,
            host=draft.host or subject,
            rights=sorted(draft.rights),
            limits=dict(draft.limits),
            parent_prefix=above.prefix if above else "",
            not_before=now,
            not_after=now + draft.life,
            state=GrantState.ACTIVE,
            recorded_at=now,
            recorded_by_id=by_id,
        )
        _insert(made)
        record_grant(IdentityEvent.GRANT_GIVEN, made)
    return made


@transaction.atomic
def move_grant(
    *, grant_id: UUID, state: GrantState, reason: str, now: datetime, by_id: int | None = None
) -> IdentifierGrant:
    """
    Suspend a grant, and with it all that is below it, or let it hold again.

    :raises GrantNotFound: if there is none
    :raises GrantReasonMissing: if it isn't said why
    :raises GrantMoveRefused: if it ended, or is so already; two people end it (`grant_ends`)
    """
    said = require_reason(reason)
    with tenancy.acting_as_platform():
        grant = locked_grant(grant_id)
        if state == GrantState.ENDED:
            raise GrantMoveRefused(
                field="state", before=grant.get_state_display(), after=state.label
            )
        require_move(grant, state)
        made = next_grant(grant, state=state, reason=said, now=now, by_id=by_id)
        record_grant(IdentityEvent.GRANT_CHANGED, made)
    return made


@transaction.atomic
def renew_grant(*, grant_id: UUID, now: datetime, by_id: int | None = None) -> IdentifierGrant:
    """
    Let a grant hold for another of its lives from now on.

    :raises GrantNotFound: if there is none
    :raises GrantMoveRefused: if it ended
    """
    with tenancy.acting_as_platform():
        grant = locked_grant(grant_id)
        if grant.state == GrantState.ENDED:
            raise GrantMoveRefused(
                field="state", before=grant.get_state_display(), after=GrantState.ACTIVE.label
            )
        life = NODE_GRANT_LIFE if grant.level == GrantLevel.NODE else GRANT_LIFE
        until = max(now + life, grant.not_after)
        made = next_grant(grant, not_after=until, now=now, by_id=by_id)
        record_grant(IdentityEvent.GRANT_CHANGED, made)
    return made


@transaction.atomic
def expire_grants(*, now: datetime) -> int:
    """End the grants whose time is over, with all that is below them; return how many ended."""
    with tenancy.acting_as_platform():
        over = list(
            overdue_grants(now).order_by("not_after").values_list("pk", flat=True)[:EXPIRED_MAX]
        )
        ended = 0
        for grant_id in over:
            grant = locked_grant(grant_id)
            if grant.pk != grant_id:
                continue  # Somebody renewed or ended it meanwhile.
            made = next_grant(grant, state=GrantState.ENDED, reason=EXPIRED, now=now)
            record_grant(IdentityEvent.GRANT_CHANGED, made)
            ended += 1
    return ended


@transaction.atomic
def end_grants_of(*, organization_id: UUID, now: datetime) -> int:
    """End what an organisation holds that was closed, the longest prefix first; return how many."""
    with tenancy.acting_as_platform():
        held = IdentifierGrant.objects.filter(organization_id=organization_id, is_current=True)
        lasting = held.exclude(state=GrantState.ENDED).order_by("-depth", "prefix")
        ended = 0
        for grant_id in list(lasting.values_list("pk", flat=True)):
            grant = locked_grant(grant_id)
            if grant.state == GrantState.ENDED:
                continue
            made = next_grant(grant, state=GrantState.ENDED, reason=OWNER_CLOSED, now=now)
            record_grant(IdentityEvent.GRANT_CHANGED, made)
            ended += 1
    return ended


def overdue_grants(now: datetime) -> Any:
    """Return the grants whose time is over and that are not ended yet."""
    return IdentifierGrant.objects.filter(is_current=True, not_after__lte=now).exclude(
        state=GrantState.ENDED
    )


def current_grant(prefix: str) -> IdentifierGrant | None:
    """Return what is granted now under exactly this prefix."""
    return IdentifierGrant.objects.filter(prefix=prefix, is_current=True).first()


def locked_grant(grant_id: UUID) -> IdentifierGrant:
    """
    Return a current grant under a lock, by the id of any row of its prefix.

    :raises GrantNotFound: if there is none
    """
    row = IdentifierGrant.objects.filter(pk=grant_id).first()
    if row is None:
        raise GrantNotFound
    lock_prefix(row.prefix)
    return IdentifierGrant.objects.get(prefix=row.prefix, is_current=True)


def lock_prefix(prefix: str) -> None:
    """Let one transaction at a time say something of a prefix; rows take no locks by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"grant {prefix}"]
        )


def require_move(grant: IdentifierGrant, state: GrantState) -> None:
    """
    Check a step of a grant.

    :raises GrantMoveRefused: if there is no such step
    """
    if (GrantState(grant.state), state) not in MOVES:
        raise GrantMoveRefused(field="state", before=grant.get_state_display(), after=state.label)


def require_reason(text: str) -> str:
    """
    Return a reason without blanks around it.

    :raises GrantReasonMissing: if there is none, or it is too long
    """
    said = text.strip()
    if not 1 <= len(said) <= GRANT_REASON_MAX:
        raise GrantReasonMissing(field="reason", most=GRANT_REASON_MAX)
    return said


def next_grant(
    grant: IdentifierGrant, *, now: datetime, by_id: int | None = None, **changes: Any
) -> IdentifierGrant:
    """Write what is said of a prefix from now on; the caller has locked what was said before."""
    kept = model_to_dict(grant, exclude=["id", "organization", "is_current"])
    made = IdentifierGrant(
        **kept
        | {
            "reason": "",
            "sequence": grant.sequence + 1,
            "recorded_at": now,
            "recorded_by_id": by_id,
            "agreed_by_id": None,
            "proposal_id": None,
            "organization_id": grant.organization_id,
        }
        | changes
    )
    _insert(made)
    return made


def record_grant(name: IdentityEvent, grant: IdentifierGrant) -> None:
    """Record what became of a grant; whose it is reads it."""
    event = events.Event(
        name=name,
        object_kind="grant",
        object_id=grant.pk,
        object_label=grant.prefix,
        concerns=[grant.organization_id] if grant.organization_id else [],
        facts={"state": grant.state, "sequence": grant.sequence, "reason": grant.reason},
    )
    events.record([event])


def _above(prefix: str) -> IdentifierGrant | None:
    parts = prefix.split("-")
    shorter = ["-".join(parts[:count]) for count in range(1, len(parts))]
    found = IdentifierGrant.objects.filter(prefix__in=shorter, is_current=True)
    return max(found, key=lambda each: len(each.prefix), default=None)


class LimitsExceeded(Refusal):
    """A range is full, or a limit of a grant is reached."""

    code = "limits_exceeded"
    status = 422
    sentence = _("The range is full, or its limits don't reach this: a wider one is needed first.")


def _insert(made: IdentifierGrant) -> None:
    made.pk = made.pk or uuid7()
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if _broken(error) == "grant_children_within":
            raise LimitsExceeded(field="prefix") from error
        raise GrantOverlap(field="prefix") from error


def _broken(error: IntegrityError) -> str:
    """Return the name under which a trigger, or a constraint, refused a row."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", ""))
