"""Invitations, changes of address, connections to identity providers, tokens of programs."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import Role
from identity.entry.contracts import InvitationState


class Invitation(models.Model):
    """That a person was given a role and told by a letter; it lapses if they do not sign in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    invited_by_id = models.BigIntegerField(null=True)
    invited_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    sends = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=9, choices=InvitationState.choices, default=InvitationState.WAITING
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user", "role"],
                condition=Q(state=InvitationState.WAITING),
                name="invited_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=InvitationState.WAITING, over_at=None)
                | (~Q(state=InvitationState.WAITING) & Q(over_at__isnull=False)),
                name="invitation_over_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_later"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state=InvitationState.WAITING),
                name="invitations_that_wait",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.role} {self.state}"


class AddressChange(models.Model):
    """That a person asked for another address; the letter's link proves it is theirs, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, hexadecimal")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="address_changes_by_end")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%Y-%m-%d}"


class SsoConnection(models.Model):
    """That people of an organisation sign in by its identity provider (OpenID Connect)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200)
    secret = models.TextField(blank=True, help_text="encrypted; empty: a public client with PKCE")
    domains = ArrayField(models.CharField(max_length=200))
    roles_claim = models.CharField(max_length=100)
    roles = models.JSONField(help_text="value of the claim -> role here")
    reason = models.CharField(max_length=500)
    connected_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField("approvals.Proposal", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(ended_at=None), name="sso_connected_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("connected_at"), ended_by__isnull=False),
                name="sso_ended_by_somebody",
            ),
            models.CheckConstraint(condition=Q(domains__len__gt=0), name="sso_has_a_domain"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.issuer}"


class SsoLink(models.Model):
    """Whom an identity provider means by a subject, and which roles came with the last sign-in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    roles = ArrayField(models.CharField(max_length=10, choices=Role.choices), default=list)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "issuer", "subject"], name="sso_subject_is_one_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.user_id}"


class AccessToken(models.Model):
    """A token of minutes that a program got for its key (RFC 6749 4.4); only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey("identity.ApiKey", on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, hexadecimal")
    scopes = ArrayField(models.CharField(max_length=60))
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="access_token_ends"
            ),
            models.CheckConstraint(
                condition=Q(("token_hash__regex", r"^[0-9a-f]{64}$")), name="access_token_is_hashed"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="access_tokens_by_end"),
            models.Index(fields=["key", "expires_at"], name="access_tokens_of_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.expires_at:%H:%M}"
