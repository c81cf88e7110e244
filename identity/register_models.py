"""Tables of the register beside its resources: profiles in use, owners' codes, pools, history."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import GrantLevel, GrantState, PoolRequestState, RenameKind


class ProfileUse(models.Model):
    """From when on new resources get codes of a profile, until the next row says otherwise."""

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(
        "identity.IdentifierProfile", on_delete=models.PROTECT, related_name="+"
    )
    from_at = models.DateTimeField(unique=True)

    class Meta:
        indexes: ClassVar = []

    def __str__(self) -> str:
        return f"{self.profile_id} from {self.from_at:%Y-%m-%d}"


class OwnerCode(models.Model):
    """The code that a node gave an organisation; consecutive, and never given again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.CharField(max_length=20)
    code = models.CharField(max_length=20)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    allotted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node", "code"], name="owner_code_once"),
            models.UniqueConstraint(fields=["node", "organization"], name="owner_has_one_code"),
        ]

    def __str__(self) -> str:
        return f"{self.node}-{self.code}"


class Pool(models.Model):
    """A range of codes that a node gave an owner: how many are in it, and how many may be."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_code = models.ForeignKey(OwnerCode, on_delete=models.PROTECT, related_name="pools")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    profile = models.ForeignKey(
        "identity.IdentifierProfile", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=20)
    prefix = models.CharField(max_length=96, unique=True)
    name = models.CharField(max_length=120)
    resources_max = models.PositiveIntegerField()
    registered = models.PositiveIntegerField(default=0, help_text="counted by a trigger alone")
    allotted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_code", "code"], name="pool_code_once"),
            models.CheckConstraint(
                condition=Q(registered__lte=F("resources_max")), name="pool_within_its_limit"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="pools_of_organization")
        ]

    def __str__(self) -> str:
        return self.prefix


class ResourceEvent(models.Model):
    """A step of a resource, with its reason; written by a trigger alone, never edited."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="steps"
    )
    sequence = models.PositiveIntegerField()
    status_before = models.CharField(max_length=10)
    status_after = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    effective_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "sequence"], name="resource_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.sequence} {self.status_after}"


class PoolRequest(models.Model):
    """
    A pool that a provider asks for, and what two operators answered.

    As long as it waits nothing but the first facts are there. Who asked may take it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=120)
    resources_max = models.PositiveIntegerField()
    regions = ArrayField(models.CharField(max_length=6), default=list, size=20)
    classes = ArrayField(models.CharField(max_length=8), default=list, size=3)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=PoolRequestState.choices, default=PoolRequestState.WAITING
    )
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal_id = models.UUIDField(null=True)
    pool = models.OneToOneField(
        "identity.Pool", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "identity_poolrequest"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state=PoolRequestState.WAITING),
                name="pool_request_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(resources_max__gte=1) & ~Q(name="") & ~Q(reason=""),
                name="pool_request_says_what_for",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=PoolRequestState.WAITING,
                    answer="",
                    answered_at=None,
                    answered_by=None,
                    agreed_by=None,
                    proposal_id=None,
                    pool=None,
                )
                | Q(
                    state=PoolRequestState.ALLOTTED,
                    answered_at__gte=F("asked_at"),
                    answered_by__isnull=False,
                    agreed_by__isnull=False,
                    proposal_id__isnull=False,
                    pool__isnull=False,
                )
                | Q(
                    Q(state=PoolRequestState.WITHDRAWN)
                    | (Q(state=PoolRequestState.DECLINED) & ~Q(answer="")),
                    answered_at__gte=F("asked_at"),
                    answered_by__isnull=False,
                    agreed_by=None,
                    proposal_id=None,
                    pool=None,
                ),
                name="pool_request_answered_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="pool_request_of_organization"),
            models.Index(
                fields=["id"],
                condition=Q(state=PoolRequestState.WAITING),
                name="pool_request_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.name} {self.state}"


class IdentifierGrant(models.Model):
    """
    That a node lets somebody speak for a prefix: one row each time something is said of it.

    The row with the highest sequence is current (a trigger sees to it); what it says replaces what
    was said before. Moments, rights and limits are those of the signed statement.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    profile = models.CharField(max_length=8)
    prefix = models.CharField(max_length=96)
    sequence = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True, help_text="kept by a trigger alone")
    level = models.CharField(max_length=8, choices=GrantLevel.choices)
    depth = models.PositiveSmallIntegerField()
    issuer = models.CharField(max_length=20, help_text="the node that signs it")
    subject_node = models.CharField(max_length=20, help_text="the node that may grant below it")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.CharField(max_length=160)
    host = models.CharField(max_length=20, help_text="the node that answers")
    rights = ArrayField(models.CharField(max_length=8), size=3)
    limits = models.JSONField(default=dict)
    parent_prefix = models.CharField(max_length=96, blank=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    state = models.CharField(max_length=9, choices=GrantState.choices)
    reason = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    agreed_by_id = models.BigIntegerField(null=True)
    proposal_id = models.UUIDField(null=True)

    class Meta:
        db_table = "identity_grant"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile", "prefix", "sequence"], name="grant_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["prefix"], condition=Q(is_current=True), name="grant_of_a_prefix_once"
            ),
            models.CheckConstraint(
                condition=Q(not_after__gt=F("not_before")), name="grant_has_a_time"
            ),
            models.CheckConstraint(condition=Q(depth__range=(1, 4)), name="grant_depth"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["prefix"],
                condition=Q(is_current=True) & ~Q(state="ACTIVE"),
                name="grant_halted",
            ),
            models.Index(
                fields=["not_after"],
                condition=Q(is_current=True) & ~Q(state="ENDED"),
                name="grant_by_end",
            ),
            models.Index(
                fields=["parent_prefix"],
                condition=Q(is_current=True),
                name="grant_by_parent",
            ),
            models.Index(
                fields=["organization", "-id"],
                condition=Q(is_current=True),
                name="grant_of_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.sequence} {self.state}"


class CodeRename(models.Model):
    """That a code gave way to others, for ever; what was traded keeps the code of its time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_code = models.CharField(max_length=96, unique=True)
    to_codes = ArrayField(models.CharField(max_length=96), size=16)
    kind = models.CharField(max_length=6, choices=RenameKind.choices)
    reason = models.CharField(max_length=500)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    renamed_at = models.DateTimeField()
    renamed_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_codes__len__range=(1, 16)), name="code_renamed_to_some"
            ),
        ]
        indexes: ClassVar = [GinIndex(fields=["to_codes"], name="code_renamed_to")]

    def __str__(self) -> str:
        return f"{self.from_code} {self.kind}"


class CodeAlias(models.Model):
    """Another code of a resource, beside the one that it was registered under; given once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=96, unique=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="aliases"
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    profile = models.CharField(max_length=8)
    prefix = models.CharField(max_length=96)
    serial = models.CharField(max_length=20)
    allotted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile", "prefix", "serial"], name="alias_serial_once"
            ),
            models.UniqueConstraint(fields=["resource", "profile"], name="alias_of_a_profile_once"),
        ]

    def __str__(self) -> str:
        return self.code
