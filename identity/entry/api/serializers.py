"""What the API of the ways in reads and answers."""

from typing import ClassVar

from rest_framework import serializers

from common import clock
from identity.contracts import Role
from identity.entry.contracts import DOMAINS_MAX, REASON_MAX, InvitationState
from identity.entry.models import Invitation, SsoConnection
from identity.entry.rows import invitation_state
from identity.http.fields import StrictCharField, StrictSerializer


class InvitedReply(serializers.ModelSerializer[Invitation]):
    """An invitation, and where it stands now."""

    organization_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields: ClassVar = (
            "id", "organization_id", "email", "role", "state", "invited_at", "sent_at", "sends",
            "expires_at", "over_at",
        )  # fmt: skip

    def get_state(self, row: Invitation) -> InvitationState:
        """Return where it stands, whether or not that was written down."""
        return invitation_state(row, row.user.last_login, clock.read())


class SsoConnectionReply(serializers.ModelSerializer[SsoConnection]):
    """How the people of an organisation sign in by its own provider."""

    organization_id = serializers.UUIDField()
    roles = serializers.DictField(child=serializers.ChoiceField(Role.choices))
    has_secret = serializers.SerializerMethodField()

    class Meta:
        model = SsoConnection
        fields: ClassVar = (
            "id", "organization_id", "issuer", "client_id", "has_secret", "domains",
            "roles_claim", "roles", "reason", "connected_at", "ended_at",
        )  # fmt: skip

    def get_has_secret(self, row: SsoConnection) -> bool:
        """Return whether the provider's secret is kept; it is shown to nobody."""
        return bool(row.secret)


class NewSsoConnection(StrictSerializer):
    """The provider of an organisation, and which roles its claim gives."""

    issuer = StrictCharField(max_length=300)
    client_id = StrictCharField(max_length=200)
    domains = serializers.ListField(
        child=StrictCharField(max_length=200), min_length=1, max_length=DOMAINS_MAX
    )
    roles_claim = StrictCharField(max_length=100)
    roles = serializers.DictField(
        child=serializers.ChoiceField([str(Role.PROVIDER), str(Role.BUYER)]), allow_empty=False
    )
    reason = StrictCharField(max_length=REASON_MAX)


class SsoSecret(StrictSerializer):
    """The secret that the provider gave this market; empty: none."""

    secret = StrictCharField(max_length=500, allow_blank=True)


class NewRecovery(StrictSerializer):
    """Whose second factor is lost, and how they proved who they are."""

    email = serializers.EmailField(max_length=254)
    reason = StrictCharField(max_length=REASON_MAX)
