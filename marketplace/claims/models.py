"""What providers claim from programmes whose vouchers they were paid with."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.claims.contracts import (
    EVIDENCE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    ClaimKind,
    ClaimState,
    RecoveryState,
)
from marketplace.claims.reimbursement_models import (
    ClaimPart,
    ClaimShare,
    ProgrammePayer,
    Reimbursement,
    ReimbursementLine,
    ReimbursementMove,
    ReimbursementObjection,
)
from marketplace.vouchers.terms import ClawBackGround

__all__ = [
    "ClaimLine",
    "ClaimPart",
    "ClaimShare",
    "ClawBack",
    "ProgrammePayer",
    "Recovery",
    "Reimbursement",
    "ReimbursementLine",
    "ReimbursementMove",
    "ReimbursementObjection",
    "VoucherClaim",
]


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("identity.User", on_delete=models.PROTECT, null=True, related_name="+")


class VoucherClaim(models.Model):
    """
    What one programme owes one organisation: captured vouchers, or what it granted afterwards.

    `provider` is who is paid; of a reimbursement it is the buyer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(
        max_length=13,
        choices=ClaimKind.choices,
        default=ClaimKind.VOUCHER,
        db_default=ClaimKind.VOUCHER,
    )
    state = models.CharField(
        max_length=10, choices=ClaimState.choices, default=ClaimState.SUBMITTED
    )
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    claimed_minor = models.BigIntegerField()
    accepted_minor = models.BigIntegerField(default=0)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = _person()
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    batch = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    instructed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    paid_by = _person()
    payment_reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "provider"],
                condition=Q(state=ClaimState.SUBMITTED),
                name="one_claim_is_checked_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(claimed_minor__gt=0, accepted_minor__gte=0)
                & Q(accepted_minor__lte=F("claimed_minor")),
                name="claim_is_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | ~Q(decided_by=F("submitted_by"))
                | Q(state=ClaimState.WITHDRAWN),
                name="claim_checked_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=ClaimState.PAID)
                | Q(paid_at__isnull=False, accepted_minor__gt=0)
                & ~Q(payment_reference="")
                & ~Q(paid_by=F("decided_by")),
                name="claim_paid_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=ClaimState.RETURNED) | ~Q(reason=""),
                name="claim_returned_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-sequence"], name="claim_of_provider"),
            models.Index(fields=["issuer", "-sequence"], name="claim_of_issuer"),
        ]

    def __str__(self) -> str:
        return self.number


class ClaimLine(models.Model):
    """What one trade record adds to a claim, or takes from it if it corrects one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    claim = models.ForeignKey(VoucherClaim, on_delete=models.PROTECT, related_name="lines")
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    trade_record = models.ForeignKey(
        "settlement.TradeRecord", on_delete=models.PROTECT, related_name="+"
    )
    contract = models.ForeignKey("settlement.Contract", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    is_live = models.BooleanField(default=True, help_text="claimed: by this claim and no other")
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "trade_record"],
                condition=Q(is_live=True),
                name="trade_is_claimed_once",
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="claim_line_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.trade_record_id} {self.amount_minor}"


class ClawBack(models.Model):
    """That two people of an issuer took a voucher back: why, by what, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    voucher = models.OneToOneField(
        "vouchers.Voucher", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reimbursement = models.OneToOneField(
        Reimbursement, on_delete=models.PROTECT, null=True, related_name="+"
    )
    voucher_number = models.CharField(max_length=24, help_text="or that of the reimbursement")
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=16, choices=ClawBackGround.choices)
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    evidence = models.CharField(max_length=EVIDENCE_LENGTH_MAX)
    returned_minor = models.BigIntegerField(help_text="left on it, and back in the pool at once")
    decided_at = models.DateTimeField()
    proposed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )
    is_over = models.BooleanField(
        default=False, help_text="no order holds anything of it: nothing more is captured"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(proposed_by=F("decided_by")), name="claw_back_decided_by_another"
            ),
            models.CheckConstraint(
                condition=Q(voucher__isnull=False) ^ Q(reimbursement__isnull=False),
                name="claw_back_is_of_one",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(evidence="") & Q(returned_minor__gte=0),
                name="claw_back_has_reason_and_evidence",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(is_over=False), name="claw_back_goes_on"),
        ]

    def __str__(self) -> str:
        return self.voucher_number


class Recovery(models.Model):
    """What a programme wants back of one who was paid by a voucher that it took back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    claw_back = models.ForeignKey(ClawBack, on_delete=models.PROTECT, related_name="recoveries")
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    # What the payee may know of the claw-back, whose evidence is the issuer's.
    voucher_number = models.CharField(max_length=24)
    ground = models.CharField(max_length=16, choices=ClawBackGround.choices)
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    amount_minor = models.BigIntegerField()
    lowered_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="of it, what corrections took off"
    )
    demanded_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=RecoveryState.choices, default=RecoveryState.OPEN
    )
    repaid_at = models.DateTimeField(null=True)
    repaid_by = _person()
    payment_reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="recovery_is_positive"),
            models.CheckConstraint(
                condition=Q(lowered_minor__gte=0, lowered_minor__lte=F("amount_minor"))
                & (~Q(state=RecoveryState.VOID) | Q(lowered_minor=F("amount_minor"))),
                name="recovery_is_lowered_by_what_it_is",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[RecoveryState.OPEN, RecoveryState.VOID],
                    repaid_at=None,
                    repaid_by=None,
                    payment_reference="",
                )
                | (
                    Q(
                        state=RecoveryState.REPAID,
                        repaid_at__isnull=False,
                        repaid_by__isnull=False,
                    )
                    & ~Q(payment_reference="")
                ),
                name="recovery_repaid_is_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issuer", "-id"], name="recovery_of_issuer"),
            models.Index(fields=["payee", "-id"], name="recovery_of_payee"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_minor(self) -> int:
        """Return what is wanted, or was paid back, once corrections are taken off."""
        return self.amount_minor - self.lowered_minor
