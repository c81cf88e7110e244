"""Nodes, their sets of keys, what was signed, and what is known under each code."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from gateway.contracts import NODE_CODE_LENGTH, KeyCustody, NodeKind, NodeState

DIGEST_LENGTH = 71  # `sha256:` and 64 digits
DUE_KINDS = ("record", "grant", "rename", "binding", "renewal")
CODE_LENGTH_MAX = 96


class LevelNode(models.Model):
    """A node of the levels as this one knows it: itself, and whom two people admitted."""

    code = models.CharField(max_length=NODE_CODE_LENGTH, primary_key=True)
    kind = models.CharField(max_length=1, choices=NodeKind.choices, blank=True)
    parent = models.CharField(max_length=NODE_CODE_LENGTH, blank=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, choices=NodeState.choices)
    epoch = models.PositiveIntegerField(default=1)
    root_key = models.BinaryField(max_length=32)
    url = models.CharField(max_length=200, blank=True, help_text="https://host[:port]")
    proposal_id = models.UUIDField(null=True)
    proposed_by_id = models.BigIntegerField(null=True)
    agreed_by_id = models.BigIntegerField(null=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "gateway_node"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[NRIP][0-9A-Z]{5}$"), name="node_code_form"
            ),
            models.CheckConstraint(
                condition=Q(state=NodeState.OWN)
                | (Q(proposal_id__isnull=False) & ~Q(proposed_by_id=F("agreed_by_id"))),
                name="node_by_two",
            ),
            models.CheckConstraint(condition=Q(epoch__gte=1), name="node_epoch"),
        ]

    def __str__(self) -> str:
        return self.code


class SignedStatement(models.Model):
    """A signed text, kept for ever. Two texts of one sequence are both kept: see `is_second`."""

    digest = models.CharField(max_length=DIGEST_LENGTH, primary_key=True)
    type = models.CharField(max_length=16)
    issuer = models.CharField(max_length=64)
    subject = models.CharField(max_length=CODE_LENGTH_MAX, help_text="what it is about")
    sequence = models.PositiveIntegerField()
    text = models.TextField()
    signatures = ArrayField(models.CharField(max_length=4200), size=4)
    is_second = models.BooleanField(default=False, help_text="another text has this sequence")
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_statement"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "type", "subject", "sequence"],
                condition=Q(is_second=False),
                name="statement_sequence_once",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^sha256:[0-9a-f]{64}$"), name="statement_digest_form"
            ),
        ]
        indexes = [
            models.Index(fields=["type", "subject", "-sequence"], name="statement_by_subject")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} {self.sequence}"


class Entry(models.Model):
    """What is answered under a code: its record as signed, and columns to search by."""

    code = models.CharField(max_length=CODE_LENGTH_MAX, primary_key=True)
    resource_id = models.UUIDField(null=True, unique=True, help_text="of this register")
    authority = models.CharField(max_length=NODE_CODE_LENGTH)
    record = models.CharField(max_length=DIGEST_LENGTH)
    record_json = models.BinaryField(help_text="text and signatures, as bytes of JSON")
    sequence = models.PositiveIntegerField()
    region = models.CharField(max_length=6)
    resource_class = models.CharField(max_length=8)
    form = models.CharField(max_length=10)
    chips = ArrayField(models.CharField(max_length=60))
    specification = models.CharField(
        max_length=200, default="", db_default="", help_text="what is counted, by code and number"
    )
    level = models.PositiveSmallIntegerField()
    pue_milli = models.PositiveIntegerField(null=True)
    green_milli = models.PositiveIntegerField(null=True)
    total_milli = models.BigIntegerField()
    available_milli = models.BigIntegerField(null=True)
    observed_at = models.DateTimeField(null=True)
    price_minor = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10)
    status_sequence = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    heard_at = models.DateTimeField(help_text="when its authority was last heard about it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Z][0-9A-Z./:-]{0,95}$"), name="entry_code_form"
            ),
            models.CheckConstraint(
                condition=Q(available_milli__isnull=True)
                | (Q(available_milli__gte=0) & Q(available_milli__lte=F("total_milli"))),
                name="entry_available_within_total",
            ),
        ]
        indexes = [
            models.Index(
                fields=["specification", "code"],
                condition=Q(status="ACTIVE"),
                name="entry_by_specification",
            )
        ]

    def __str__(self) -> str:
        return self.code


class DueSigning(models.Model):
    """What waits for a signature of the worker, by kind and subject."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=[(each, each) for each in DUE_KINDS])
    subject = models.CharField(max_length=CODE_LENGTH_MAX)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="due_signing_once")]
        indexes = [models.Index(fields=["due_at"], name="due_signing_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Disclosure(models.Model):
    """What a record hides: salt and value of a commitment that stands in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    field = models.CharField(max_length=40)
    salt = models.CharField(max_length=32)
    value = models.CharField(max_length=400)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "field", "salt"], name="disclosure_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.field}"


class DisclosureSeen(models.Model):
    """Who was shown what a record hides, and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    field = models.CharField(max_length=40)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", help_text="whose it is"
    )
    seen_by = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-seen_at"], name="disclosure_seen_by_owner")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.field}"


class OwnerKey(models.Model):
    """
    A public key under which an owner signs what is registered: its own, or kept by the node.

    Its private half is nowhere in the database: an owner keeps its own, and the node makes what it
    keeps anew from its seed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    owner = models.CharField(max_length=64, help_text="what the owner signs as")
    public_key = models.BinaryField(max_length=32)
    custody = models.CharField(max_length=9, choices=KeyCustody.choices)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    added_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "public_key"], name="owner_key_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("begun_at")),
                name="owner_key_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="owner_key_by_owner")]

    def __str__(self) -> str:
        return f"{self.owner} {self.custody}"


class OwnerLine(models.Model):
    """A line that an owner signed under a statement with a key of its own, after the node."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    line = models.CharField(max_length=300)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="owner_line_once")]

    def __str__(self) -> str:
        return self.digest


class EntryAlias(models.Model):
    """A further code of an entry, as its signed record names it."""

    code = models.CharField(max_length=CODE_LENGTH_MAX, primary_key=True)
    first_code = models.CharField(max_length=CODE_LENGTH_MAX)
    authority = models.CharField(max_length=NODE_CODE_LENGTH)

    def __str__(self) -> str:
        return f"{self.code} {self.first_code}"
