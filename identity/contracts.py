"""What other rooms see of people and organisations."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a member may do in the name of the organisation."""

    PROVIDER = "PROVIDER", _("Provider")
    BUYER = "BUYER", _("Buyer")
    AUDITOR = "AUDITOR", _("Auditor")
    OPERATOR = "OPERATOR", _("Operator")
    ISSUER = "ISSUER", _("Voucher issuer")
    FINANCE = "FINANCE", _("Finance")


# Roles whose duty spans the tenants: they read what every organisation trades.
PLATFORM_ROLES = frozenset({Role.AUDITOR, Role.OPERATOR, Role.ISSUER, Role.FINANCE})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a request: a member through a session, or an organisation through an API key."""

    organization_id: UUID
    roles: frozenset[Role]
    user_id: int | None = None
    api_key_id: UUID | None = None
    scopes: frozenset[str] | None = None  # None: a person's session, bound by roles alone

    def has_role(self, *roles: Role) -> bool:
        """Return whether the actor holds one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def spans_tenants(self) -> bool:
        """Return whether a duty of the actor reaches across organisations."""
        return not self.roles.isdisjoint(PLATFORM_ROLES)
