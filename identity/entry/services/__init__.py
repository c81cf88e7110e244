"""What this room does: lets people and programs in, and takes back what let them in."""

from identity.entry.services.addresses import (
    ask_address_change,
    confirm_address_change,
    forget_address_changes,
)
from identity.entry.services.admitting import admit, has_roles
from identity.entry.services.connecting import (
    MAPPED_ROLES,
    confirm_connection,
    end_connection,
    propose_connection,
    set_secret,
)
from identity.entry.services.forgetting import forget_ways_of
from identity.entry.services.inviting import invite, resend, settle_invitations, withdraw
from identity.entry.services.recovering import confirm_recovery, propose_recovery
from identity.entry.services.tokens import (
    IssuedToken,
    forget_tokens,
    issue_token,
    revoke_token,
)

__all__ = [
    "MAPPED_ROLES",
    "IssuedToken",
    "admit",
    "ask_address_change",
    "confirm_address_change",
    "confirm_connection",
    "confirm_recovery",
    "end_connection",
    "forget_address_changes",
    "forget_tokens",
    "forget_ways_of",
    "has_roles",
    "invite",
    "issue_token",
    "propose_connection",
    "propose_recovery",
    "resend",
    "revoke_token",
    "set_secret",
    "settle_invitations",
    "withdraw",
]
