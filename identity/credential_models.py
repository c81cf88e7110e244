"""What programs prove themselves with: API keys, personal tokens and the keys of agents."""

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import KeyKind, Role


class ApiKey(models.Model):
    """A secret by which a program acts for an organisation; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="api_keys"
    )
    created_by = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, help_text="shown in lists, to tell keys apart")
    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, hexadecimal")
    roles = ArrayField(models.CharField(max_length=10, choices=Role.choices))
    scopes = ArrayField(models.CharField(max_length=60))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(
        max_length=12,
        choices=KeyKind.choices,
        default=KeyKind.ORGANIZATION,
        db_default=KeyKind.ORGANIZATION,
    )
    networks = ArrayField(
        models.CharField(max_length=43),
        null=True,
        help_text="from which it may be used, as CIDR; empty: from everywhere",
    )
    ends_at = models.DateTimeField(
        null=True, help_text="until when a replaced key is good beside the new one"
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="+", null=True, help_text="the former key"
    )
    last_used_at = models.DateTimeField(null=True, help_text="to within some minutes")
    last_used_from = models.CharField(
        max_length=50, blank=True, default="", db_default="", help_text="the network, no address"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=KeyKind.values), name="api_key_kind_known"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__lte=F("expires_at")),
                name="api_key_ends_no_later",
            ),
            models.CheckConstraint(
                condition=Q(("secret_hash__regex", r"^[0-9a-f]{64}$")), name="api_key_is_hashed"
            ),
            models.CheckConstraint(
                condition=Q(roles__len__gt=0) & Q(scopes__len__gt=0), name="api_key_is_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class MeteringAgent(models.Model):
    """A program at a provider's site that signs readings with its Ed25519 key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="metering_agents"
    )
    name = models.CharField(max_length=80)
    key_id = models.CharField(max_length=16, unique=True)
    public_key = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="until when a replaced key is good beside the new one"
    )
    first = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="the first key of the same program, if this is a later one",
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(key_id__regex=r"^[0-9a-f]{16}$"), name="agent_key_id_is_well_formed"
            ),
            models.CheckConstraint(
                condition=Q(first__isnull=True) | ~Q(first=F("id")), name="agent_first_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key_id}"

    @property
    def chain_id(self) -> UUID:
        """Return what all keys of one program have in common."""
        return self.first_id or self.pk
