"""
The ledger's tables as Django sees them.

The tables, their rules and their partitions are made by the files under `ledger/sql/`; these
models describe them for reading. Writing goes through `ledger.services`.
"""

from django.db import models
from django.db.models.functions import Now


class Asset(models.Model):
    """Something that is counted: a currency, the vouchers of one programme, a compute unit."""

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(max_length=64, unique=True)
    scale = models.SmallIntegerField(help_text="digits after the point")
    asset_class = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.code


class Kind(models.Model):
    """What an account is for, and which of its sides may not exceed the other."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=64, unique=True)
    rule = models.CharField(max_length=1)
    deferred = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Reason(models.Model):
    """Why value moves."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.name


class Flow(models.Model):
    """A line of the white list: an asset (or a class of them) may move like this."""

    id = models.AutoField(primary_key=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    asset_class = models.CharField(max_length=16, null=True)  # noqa: DJ001 - asset or class
    debit_kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    credit_kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.debit_kind_id} to {self.credit_kind_id} for {self.reason_id}"


class Account(models.Model):
    """A place that holds one asset. Its number carries the asset and the kind."""

    id = models.BigIntegerField(primary_key=True)
    code = models.CharField(max_length=200, unique=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    owner_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.code


class Period(models.Model):
    """A closed accounting period: nothing takes effect inside it any more."""

    id = models.AutoField(primary_key=True)
    starts_at = models.DateTimeField(unique=True)
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"


class Balance(models.Model):
    """What an account has posted and pending on each side; the database alone writes it."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    debits_posted = models.BigIntegerField(default=0)
    credits_posted = models.BigIntegerField(default=0)
    debits_pending = models.BigIntegerField(default=0)
    credits_pending = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    rule = models.CharField(max_length=1)
    deferred = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.debits_posted} {self.credits_posted}"


class BalanceDelta(models.Model):
    """What a deferred account moved and has not folded into its balance yet."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    debits_posted = models.BigIntegerField()
    credits_posted = models.BigIntegerField()
    debits_pending = models.BigIntegerField()
    credits_pending = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance_delta"

    def __str__(self) -> str:
        return f"{self.account_id} {self.pk}"


class Transfer(models.Model):
    """An amount moved, held, captured or released; partitioned by the time in its identifier."""

    id = models.UUIDField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField(db_default=Now())
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount = models.BigIntegerField()
    reason = models.ForeignKey(
        Reason, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    op = models.SmallIntegerField(default=0)
    hold_id = models.UUIDField(null=True)
    reverses_id = models.UUIDField(null=True)
    group_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    meta = models.JSONField(null=True)
    reference = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.id} {self.amount}"


class Hold(models.Model):
    """A held amount, and the transfer that captured or released it."""

    id = models.UUIDField(primary_key=True)
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    resolved_by = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.amount}"


class Reversal(models.Model):
    """Which transfer took which one back."""

    transfer_id = models.UUIDField(primary_key=True)
    reversed_by = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.transfer_id} by {self.reversed_by}"


class Definition(models.Model):
    """The sealed line of text of a definition: an asset, a kind, a flow, an account, a period."""

    id = models.UUIDField(primary_key=True)
    line = models.TextField()

    def __str__(self) -> str:
        return self.line


class Key(models.Model):
    """A public key that checkpoints are signed with."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100)
    public_key = models.BinaryField(unique=True)
    added_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Checkpoint(models.Model):
    """A signed statement of the log's size and root."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.size} entries"
