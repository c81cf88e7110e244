"""What other rooms read of this room's rows."""

from datetime import datetime
from typing import Protocol

from identity.entry.contracts import InvitationState


class InvitationRow(Protocol):
    """What tells where an invitation stands."""

    @property
    def state(self) -> str: ...

    @property
    def invited_at(self) -> datetime: ...

    @property
    def expires_at(self) -> datetime: ...


def invitation_state(
    row: InvitationRow, last_login: datetime | None, now: datetime
) -> InvitationState:
    """Return where an invitation stands, whether or not a sweep has written it down."""
    if row.state != InvitationState.WAITING:
        return InvitationState(row.state)
    if last_login is not None and last_login >= row.invited_at:
        return InvitationState.ACCEPTED
    return InvitationState.EXPIRED if row.expires_at <= now else InvitationState.WAITING
