"""Invitations: a role with a letter, which lapses unless the person signs in."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import doing, tenancy
from common.errors import NotFound
from identity import letters
from identity.contracts import Role
from identity.entry.contracts import (
    INVITATION_DAYS,
    INVITATION_SENDS_MAX,
    INVITATION_SENT_EVERY,
    InvitationNotFound,
    InvitationOver,
    InvitationSentJustNow,
    InvitationState,
)
from identity.entry.event_names import EntryEvent
from identity.entry.models import Invitation
from identity.entry.rows import invitation_state
from identity.events import services as events
from identity.models import Membership
from identity.services import organizations

SWEEP_MAX = 200


@transaction.atomic
def invite(*, organization_id: UUID, email: str, role: Role, now: datetime) -> Membership:
    """
    Give a role to the person with an e-mail address, by a letter, and keep the invitation.

    Who does not sign in within two weeks loses the role again. Inviting again sends the letter
    again, within its bounds.
    """
    with tenancy.acting_as_platform():
        membership = organizations.invite_member(
            organization_id=organization_id, email=email, role=role
        )
        facts = {
            "organization_id": organization_id,
            "user_id": membership.user_id,
            "role": role,
        }
        ends = now + timedelta(days=INVITATION_DAYS)
        waiting = Invitation.objects.filter(**facts, state=InvitationState.WAITING)
        if not waiting.update(sent_at=now, expires_at=ends):
            made = Invitation.objects.create(
                **facts,
                invited_by_id=doing.current().person_id,
                invited_at=now,
                sent_at=now,
                expires_at=ends,
            )
            _record(EntryEvent.INVITED, [made])
    return membership


@transaction.atomic
def resend(*, organization_id: UUID, invitation_id: UUID, now: datetime) -> Invitation:
    """
    Send an invitation's letter again, and let it last anew.

    :raises InvitationNotFound: if there is none, or it is another organisation's
    :raises InvitationOver: if it is answered, expired or withdrawn
    :raises InvitationSentJustNow: if that was a moment ago, or often enough
    """
    with tenancy.acting_as_platform():
        invitation = _waiting(organization_id, invitation_id, now=now)
        is_early = now < invitation.sent_at + INVITATION_SENT_EVERY
        if is_early or invitation.sends >= INVITATION_SENDS_MAX:
            raise InvitationSentJustNow
        invitation.sent_at, invitation.sends = now, invitation.sends + 1
        invitation.expires_at = now + timedelta(days=INVITATION_DAYS)
        invitation.save(update_fields=["sent_at", "sends", "expires_at"])
        letters.invite(email=invitation.user.email, organization=invitation.organization)
        _record(EntryEvent.RESENT, [invitation])
    return invitation


@transaction.atomic
def withdraw(*, organization_id: UUID, invitation_id: UUID, now: datetime) -> Invitation:
    """
    Take an invitation back: the role goes with it.

    :raises InvitationNotFound: if there is none, or it is another organisation's
    :raises InvitationOver: if it is answered, expired or withdrawn
    """
    with tenancy.acting_as_platform():
        invitation = _waiting(organization_id, invitation_id, now=now)
        _end(invitation, InvitationState.WITHDRAWN, now=now)
        _record(EntryEvent.WITHDRAWN, [invitation])
    return invitation


@transaction.atomic
def settle_invitations(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Write down which invitations were answered, and end those whose time is over."""
    with tenancy.acting_as_platform():
        due = Invitation.objects.filter(state=InvitationState.WAITING, expires_at__lte=now)
        found = list(
            due.select_related("user")
            .order_by("expires_at")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit]
        )
        expired = []
        for each in found:
            state = invitation_state(each, each.user.last_login, now)
            if state == InvitationState.ACCEPTED:
                each.state, each.over_at = state, now
                each.save(update_fields=["state", "over_at"])
            else:
                _end(each, InvitationState.EXPIRED, now=now)
                expired.append(each)
        _record(EntryEvent.EXPIRED, expired)
    return len(found)


def _waiting(organization_id: UUID, invitation_id: UUID, *, now: datetime) -> Invitation:
    invitation = (
        Invitation.objects.filter(pk=invitation_id, organization_id=organization_id)
        .select_related("user", "organization")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if invitation is None:
        raise InvitationNotFound
    state = invitation_state(invitation, invitation.user.last_login, now)
    if state != InvitationState.WAITING:
        raise InvitationOver
    return invitation


def _end(invitation: Invitation, state: InvitationState, *, now: datetime) -> None:
    invitation.state, invitation.over_at = state, now
    invitation.save(update_fields=["state", "over_at"])
    try:
        organizations.remove_member(
            organization_id=invitation.organization_id,
            user_id=invitation.user_id,
            role=Role(invitation.role),
        )
    except NotFound:  # The role was taken away before.
        return


def _record(name: EntryEvent, invitations: Iterable[Invitation]) -> None:
    """Record something of invitations. Not whose they are: the record stays, people may not."""
    events.record(
        events.Event(
            name=name,
            object_kind="invitation",
            object_id=each.pk,
            concerns=[each.organization_id],
            facts={"role": each.role},
        )
        for each in invitations
    )
