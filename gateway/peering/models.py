"""Peers, their links, the directory, what is pushed and what came, and how it compares."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from gateway.contracts import NODE_CODE_LENGTH
from gateway.peering.contracts import RATE_MAX, MoveState, PeerState, PushDataset
from identity.contracts import ResourceClass

DIGEST_LENGTH = 71  # `sha256:` and 64 digits
REFUSAL_LENGTH = 40


class Peer(models.Model):
    """A node that this one talks with, as two people agreed."""

    node = models.CharField(max_length=NODE_CODE_LENGTH, primary_key=True)
    url = models.CharField(max_length=200, help_text="https://host[:port]")
    scopes = ArrayField(models.CharField(max_length=20))
    networks = ArrayField(
        models.CharField(max_length=49), help_text="CIDR that it asks from; none: from anywhere"
    )
    rate = models.PositiveIntegerField(help_text="requests a second of each scope")
    pushes = models.BooleanField(default=False, help_text="this node pushes to it")
    state = models.CharField(max_length=10, choices=PeerState.choices)
    proposal_id = models.UUIDField()
    proposed_by_id = models.BigIntegerField()
    agreed_by_id = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "gateway_peer"
        constraints = [
            models.CheckConstraint(
                condition=Q(url__regex=r"^https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$")
                | Q(url__regex=r"^http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?$"),
                name="peer_https",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by_id=F("agreed_by_id")), name="peer_by_two"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=1, rate__lte=RATE_MAX), name="peer_rate_within"
            ),
        ]

    def __str__(self) -> str:
        return self.node


class PeerLink(models.Model):
    """Where the link with a peer stands, both ways; numbers only rise (trigger)."""

    node = models.CharField(max_length=NODE_CODE_LENGTH, primary_key=True)
    epoch = models.PositiveIntegerField(default=1, help_text="the highest that it spoke under")
    heard_at = models.DateTimeField(null=True, help_text="when it last asked with a good signature")
    told_at = models.DateTimeField(null=True, help_text="when it last took what was pushed")
    tried_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=REFUSAL_LENGTH, blank=True)

    class Meta:
        db_table = "gateway_link"

    def __str__(self) -> str:
        return self.node


class PeerNonce(models.Model):
    """A nonce that was used; unlogged, for it counts two minutes."""

    id = models.BigAutoField(primary_key=True)
    key_id = models.CharField(max_length=40)
    nonce = models.CharField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_nonce"
        constraints = [models.UniqueConstraint(fields=["key_id", "nonce"], name="nonce_once")]
        indexes = [models.Index(fields=["expires_at"], name="nonce_by_time")]

    def __str__(self) -> str:
        return self.nonce


class PeerBucket(models.Model):
    """What a peer may still ask of a scope now: a token bucket, over all processes."""

    id = models.BigAutoField(primary_key=True)
    node = models.CharField(max_length=NODE_CODE_LENGTH)
    scope = models.CharField(max_length=20)
    tokens_milli = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_bucket"
        constraints = [
            models.UniqueConstraint(fields=["node", "scope"], name="bucket_once"),
            models.CheckConstraint(condition=Q(tokens_milli__gte=0), name="bucket_not_below"),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.scope}"


class ListedNode(models.Model):
    """A node as the signed directory lists it."""

    code = models.CharField(max_length=NODE_CODE_LENGTH, primary_key=True)
    kind = models.CharField(max_length=1)
    parent = models.CharField(max_length=NODE_CODE_LENGTH, blank=True)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=200)
    root_key = models.BinaryField(max_length=32)
    state = models.CharField(max_length=10)
    epoch = models.PositiveIntegerField(default=1)
    keyset = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    directory = models.CharField(max_length=DIGEST_LENGTH)
    sequence = models.PositiveIntegerField(help_text="of the directory that listed it last")
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "gateway_listed"

    def __str__(self) -> str:
        return self.code


class Outgoing(models.Model):
    """A statement that waits for a peer, or was pushed to it; numbers are dense for each peer."""

    id = models.BigAutoField(primary_key=True)
    peer = models.CharField(max_length=NODE_CODE_LENGTH)
    dataset = models.CharField(max_length=12, choices=PushDataset.choices)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    sequence = models.BigIntegerField(null=True, help_text="given under the peer's lock")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    refusal = models.CharField(max_length=REFUSAL_LENGTH, blank=True)

    class Meta:
        db_table = "gateway_outbox"
        constraints = [
            models.UniqueConstraint(fields=["peer", "dataset", "digest"], name="outgoing_once"),
            models.UniqueConstraint(
                fields=["peer", "dataset", "sequence"], name="outgoing_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | ~Q(receipt=""), name="outgoing_has_receipt"
            ),
        ]
        indexes = [
            models.Index(
                fields=["peer", "dataset", "id"],
                condition=Q(told_at__isnull=True),
                name="outgoing_waits",
            ),
            models.Index(
                fields=["due_at"], condition=Q(told_at__isnull=True), name="outgoing_by_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.peer} {self.sequence}"


class Incoming(models.Model):
    """An item that a peer pushed: its number, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    peer = models.CharField(max_length=NODE_CODE_LENGTH)
    dataset = models.CharField(max_length=12, choices=PushDataset.choices)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=DIGEST_LENGTH)
    refusal = models.CharField(max_length=REFUSAL_LENGTH, blank=True)
    came_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_inbox"
        constraints = [
            models.UniqueConstraint(fields=["peer", "dataset", "sequence"], name="incoming_once")
        ]
        indexes = [models.Index(fields=["digest"], name="incoming_by_digest")]

    def __str__(self) -> str:
        return f"{self.peer} {self.sequence}"


class DueStatus(models.Model):
    """A code whose status is to be signed anew; whoever changes it makes it due (trigger)."""

    code = models.CharField(max_length=96, primary_key=True)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_duestatus"
        indexes = [models.Index(fields=["due_at"], name="due_status_by_time")]

    def __str__(self) -> str:
        return self.code


class PushDifference(models.Model):
    """How what was pushed to a peer compared with what it holds, and what was repaired."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    peer = models.CharField(max_length=NODE_CODE_LENGTH)
    dataset = models.CharField(max_length=12, choices=PushDataset.choices)
    as_of = models.BigIntegerField()
    items = models.BigIntegerField(help_text="how many were compared")
    missing_above = ArrayField(models.CharField(max_length=DIGEST_LENGTH))
    missing_below = ArrayField(models.CharField(max_length=DIGEST_LENGTH))
    repaired = models.PositiveIntegerField(default=0)
    statement = models.CharField(max_length=DIGEST_LENGTH)
    countersigned = models.CharField(max_length=DIGEST_LENGTH)
    found_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_difference"
        indexes = [models.Index(fields=["peer", "-found_at"], name="difference_newest")]

    def __str__(self) -> str:
        return f"{self.peer} {self.found_at}"


class ConformanceRun(models.Model):
    """One run of the conformance suite against a node's address, and what it found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.CharField(max_length=NODE_CODE_LENGTH)
    url = models.CharField(max_length=200)
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    report = models.JSONField()
    run_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_conformance"
        indexes = [models.Index(fields=["node", "-run_at"], name="conformance_newest")]

    def __str__(self) -> str:
        return f"{self.node} {self.run_at}"


class AdmissionCheck(models.Model):
    """An item of the admission checklist that somebody confirmed of a node, by what evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.CharField(max_length=NODE_CODE_LENGTH)
    item = models.CharField(max_length=40)
    evidence = models.CharField(max_length=400)
    confirmed_by_id = models.BigIntegerField()
    confirmed_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_check"
        constraints = [
            models.UniqueConstraint(fields=["node", "item"], name="admission_check_once"),
            models.CheckConstraint(condition=~Q(evidence=""), name="admission_check_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.item}"


class DayTotals(models.Model):
    """What a node says of one of its days and one class of resources, as it signed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    node = models.CharField(max_length=NODE_CODE_LENGTH)
    day = models.DateField(help_text="of the market")
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    capacity = models.JSONField(help_text="by unit: resources, total_milli, available_milli")
    trades = models.PositiveIntegerField(null=True)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    price = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, help_text="the day's index, CNY a standard hour"
    )
    pue = models.DecimalField(max_digits=5, decimal_places=3, null=True)
    green_share = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    withheld = ArrayField(
        models.CharField(max_length=16), help_text="figures that fewer than three would be read in"
    )
    digest = models.CharField(max_length=DIGEST_LENGTH)
    sequence = models.PositiveIntegerField()
    said_at = models.DateTimeField()
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_daytotals"
        constraints = [
            models.UniqueConstraint(fields=["node", "day", "resource_class"], name="totals_once"),
            models.CheckConstraint(
                condition=~Q(withheld__contains=["traded"])
                | Q(trades__isnull=True, standard_hours__isnull=True, price__isnull=True),
                name="totals_withheld_are_not_there",
            ),
        ]
        indexes = [models.Index(fields=["-day", "node"], name="totals_by_day")]

    def __str__(self) -> str:
        return f"{self.node} {self.day} {self.resource_class}"


class CodeMove(models.Model):
    """That a code is to move to another node: asked here, and countersigned there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource_id = models.UUIDField()
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    from_code = models.CharField(max_length=96)
    to_code = models.CharField(max_length=96)
    receiver = models.CharField(max_length=NODE_CODE_LENGTH)
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True)
    text = models.TextField(blank=True, help_text="what both nodes sign")
    state = models.CharField(max_length=9, choices=MoveState.choices, default=MoveState.ASKED)
    refusal = models.CharField(max_length=REFUSAL_LENGTH, blank=True)
    due_at = models.DateTimeField(help_text="when the other node is asked next")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_move"
        constraints = [
            models.UniqueConstraint(
                fields=["from_code"], condition=~Q(state=MoveState.WITHDRAWN), name="move_once"
            ),
            models.CheckConstraint(
                condition=Q(state=MoveState.ASKED, settled_at__isnull=True)
                | (~Q(state=MoveState.ASKED) & Q(settled_at__isnull=False)),
                name="move_settled_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=MoveState.ASKED), name="move_by_time"
            ),
            models.Index(fields=["organization", "-id"], name="move_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.from_code} {self.state}"


class ExpectedMove(models.Model):
    """That an owner expects a code of another node to move to a code of his here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    from_code = models.CharField(max_length=96)
    to_code = models.CharField(max_length=96)
    expected_at = models.DateTimeField()
    expected_by_id = models.BigIntegerField(null=True)
    text = models.TextField(blank=True, help_text="what the other node asks to be countersigned")
    line = models.CharField(max_length=300, blank=True, help_text="of this node's register key")
    countersigned_at = models.DateTimeField(null=True, help_text="first; it stays")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_expectedmove"
        constraints = [
            models.UniqueConstraint(
                fields=["from_code", "to_code"],
                condition=Q(withdrawn_at__isnull=True),
                name="expected_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True)
                | Q(countersigned_at__isnull=True, line="", text=""),
                name="expected_withdrawn_unsigned",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expected_at"],
                condition=~Q(text="") & Q(line=""),
                name="expected_to_sign",
            ),
            models.Index(fields=["organization", "-id"], name="expected_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.from_code} {self.to_code}"
