"""Where providers are paid, what is frozen, and the runs that pay them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.payouts.contracts import (
    ACCOUNT_LENGTH_MAX,
    BANK_CODE_LENGTH,
    GATEWAY_ACCOUNT,
    HOLDER_LENGTH_MAX,
    REASON_LENGTH_MAX,
    SOURCE_LENGTH_MAX,
    TAX_DIGITS,
    PayoutChannel,
    ProviderKind,
    RunState,
    Skipped,
)


class BankAccount(models.Model):
    """Where a provider is paid, from a moment on; a new one replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(
        max_length=10, choices=PayoutChannel.choices, default=PayoutChannel.BANK
    )
    holder = models.CharField(max_length=HOLDER_LENGTH_MAX)
    bank_name = models.CharField(max_length=HOLDER_LENGTH_MAX, blank=True)
    bank_code = models.CharField(max_length=BANK_CODE_LENGTH, blank=True)
    account_number = models.CharField(max_length=ACCOUNT_LENGTH_MAX)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    usable_from = models.DateTimeField(help_text="when its cooling time is over")
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "channel"],
                condition=Q(replaced_at=None),
                name="one_account_a_channel",
            ),
            models.CheckConstraint(
                condition=Q(usable_from__gte=F("added_at")), name="account_cools_first"
            ),
            models.CheckConstraint(
                condition=Q(
                    channel=PayoutChannel.BANK,
                    account_number__regex=r"^[0-9]{8,34}$",
                    bank_code__regex=r"^[0-9]{12}$",
                )
                | Q(
                    channel=PayoutChannel.STRIPE,
                    account_number__regex=GATEWAY_ACCOUNT,
                    bank_code="",
                ),
                name="account_is_of_its_channel",
            ),
        ]

    def __str__(self) -> str:
        called = self.bank_name or self.get_channel_display()
        return f"{called} …{self.account_number[-4:]}"


class Freeze(models.Model):
    """What a provider is not paid until somebody lets it go."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    amount_minor = models.BigIntegerField(null=True, help_text="all of it, if empty")
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor=None) | Q(amount_minor__gt=0), name="freeze_is_an_amount"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False)
                & ~Q(lifted_by=F("frozen_by")),
                name="freeze_lifted_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider"], condition=Q(lifted_at=None), name="freeze_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.amount_minor}"


class TaxRule(models.Model):
    """What is withheld from providers of a kind when they are paid, from a day on; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=ProviderKind.choices)
    rate = models.DecimalField(max_digits=7, decimal_places=TAX_DIGITS)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="exclusive; none until another begins")
    source = models.CharField(max_length=SOURCE_LENGTH_MAX, help_text="by which law or notice")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "starts_on"], name="tax_begins_once_a_day"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lt=1), name="payout_tax_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ProviderKind.values), name="tax_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="tax_days_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("published_by")) & ~Q(source=""),
                name="tax_is_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rate} {self.starts_on}"


class PayoutRun(models.Model):
    """Payouts that are proposed, approved by another, sent and answered together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    channel = models.CharField(
        max_length=10, choices=PayoutChannel.choices, default=PayoutChannel.BANK
    )
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.PROPOSED)
    until = models.DateField(help_text="the first day that is not paid for")
    threshold_minor = models.BigIntegerField()
    payouts = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    netted_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0, help_text="withheld")
    lines_hash = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, netted_minor__gte=0, tax_minor__gte=0)
                & Q(threshold_minor__gt=0)
                & Q(amount_minor__gt=0, payouts__gt=0),
                name="run_pays_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.PROPOSED, approved_at=None, approved_by=None)
                | ~Q(state=RunState.PROPOSED)
                & Q(approved_at__isnull=False, approved_by__isnull=False, proposal__isnull=False)
                & ~Q(approved_by=F("proposed_by")),
                name="run_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RunState.PROPOSED, RunState.APPROVED], sent_at=None)
                | Q(state__in=[RunState.SENT, RunState.DONE], sent_at__isnull=False),
                name="run_sent_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PayoutLine(models.Model):
    """What a run pays one provider, or why it does not."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="lines")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="+")
    payable_minor = models.BigIntegerField()
    owed_minor = models.BigIntegerField()
    frozen_minor = models.BigIntegerField()
    netted_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0, help_text="withheld")
    tax_rule = models.ForeignKey(
        TaxRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    skipped = models.CharField(max_length=16, blank=True, choices=Skipped.choices)
    movement = models.OneToOneField(
        "payments.Movement", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "provider"], name="run_pays_a_provider_once"),
            models.CheckConstraint(
                condition=Q(netted_minor__gte=0, netted_minor__lte=F("owed_minor"))
                & Q(frozen_minor__gte=0, amount_minor__gte=0)
                & Q(payable_minor__gte=F("amount_minor") + F("netted_minor") + F("tax_minor")),
                name="line_pays_what_is_owed",
            ),
            models.CheckConstraint(
                condition=Q(tax_minor=0) | Q(tax_minor__gt=0, tax_rule__isnull=False),
                name="line_tax_has_its_rule",
            ),
            models.CheckConstraint(
                condition=Q(skipped=Skipped.NONE, amount_minor__gt=0, account__isnull=False)
                | ~Q(skipped=Skipped.NONE) & Q(amount_minor=0, tax_minor=0, movement=None),
                name="line_pays_or_says_why_not",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="payout_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.amount_minor}"


class TaxReturn(models.Model):
    """Tax that went back to a provider since its payout came back: once a payout."""

    line = models.OneToOneField(
        PayoutLine, on_delete=models.PROTECT, primary_key=True, related_name="tax_return"
    )
    provider_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    returned_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="tax_return_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount_minor}"
