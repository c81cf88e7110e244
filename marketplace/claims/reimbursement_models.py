"""Requests of buyers to be reimbursed for what they paid themselves."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.claims.contracts import REASON_LENGTH_MAX
from marketplace.claims.reimbursement_contracts import (
    ReimbursementState,
    ReimbursementStep,
)


def _person(**options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+", **options)


def _organization() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")


class Reimbursement(models.Model):
    """What a buyer asks of a programme for trades that it paid itself, and how far it has come."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    programme_version = models.ForeignKey(
        "vouchers.ProgrammeVersion", on_delete=models.PROTECT, related_name="+"
    )
    issuer = _organization()
    applicant = _organization()
    since = models.DateField()
    until = models.DateField()
    state = models.CharField(
        max_length=10, choices=ReimbursementState.choices, default=ReimbursementState.SUBMITTED
    )
    beneficiary = models.CharField(max_length=8, help_text="by evidence")
    facts = models.JSONField(default=dict, help_text="what was known of the applicant, and by what")
    files = models.JSONField(default=dict, help_text="by kind of evidence")
    amount_minor = models.BigIntegerField(help_text="as decided last; granted once approved")
    asked_at = models.DateTimeField()
    asked_by = _person()
    reviewed_by = _person(null=True)
    decided_by = _person(null=True)
    decided_at = models.DateTimeField(null=True)
    publicity_until = models.DateTimeField(null=True)
    note = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    claim = models.OneToOneField(
        "claims.VoucherClaim", on_delete=models.PROTECT, null=True, related_name="reimbursement"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "applicant"],
                condition=Q(
                    state__in=[
                        ReimbursementState.SUBMITTED,
                        ReimbursementState.REVIEWED,
                        ReimbursementState.PUBLISHED,
                    ]
                ),
                name="one_reimbursement_is_decided_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, until__gte=F("since")),
                name="reimbursement_is_an_amount_of_days",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("asked_by")),
                name="reimbursement_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(
                    state__in=[
                        ReimbursementState.PUBLISHED,
                        ReimbursementState.APPROVED,
                        ReimbursementState.PAID,
                        ReimbursementState.RETURNED,
                    ]
                )
                | Q(reviewed_by__isnull=False, decided_by__isnull=False)
                & ~Q(decided_by=F("reviewed_by"))
                & ~Q(decided_by=F("asked_by")),
                name="reimbursement_checked_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReimbursementState.REJECTED) | ~Q(note=""),
                name="reimbursement_rejected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(issuer=F("applicant")), name="reimbursement_decided_elsewhere"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        ReimbursementState.APPROVED,
                        ReimbursementState.PAID,
                        ReimbursementState.RETURNED,
                    ],
                    claim__isnull=False,
                )
                | ~Q(
                    state__in=[
                        ReimbursementState.APPROVED,
                        ReimbursementState.PAID,
                        ReimbursementState.RETURNED,
                    ]
                )
                & Q(claim__isnull=True),
                name="reimbursement_granted_is_claimed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["applicant", "-id"], name="reimbursement_of_applicant"),
            models.Index(fields=["issuer", "-id"], name="reimbursement_of_issuer"),
            models.Index(
                fields=["publicity_until"],
                condition=Q(state=ReimbursementState.PUBLISHED),
                name="reimbursement_to_objections",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReimbursementLine(models.Model):
    """What one trade record adds to a request; the last decision counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reimbursement = models.ForeignKey(Reimbursement, on_delete=models.PROTECT, related_name="lines")
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = _organization()
    applicant = _organization()
    trade_record = models.ForeignKey(
        "settlement.TradeRecord", on_delete=models.PROTECT, related_name="+"
    )
    contract = models.ForeignKey("settlement.Contract", on_delete=models.PROTECT, related_name="+")
    base_minor = models.BigIntegerField(help_text="own money of its contract, corrections deducted")
    amount_minor = models.BigIntegerField()
    is_live = models.BooleanField(default=True, help_text="taken by this request and no other")
    explained = models.JSONField(default=dict, help_text="shares, cuts and rules, with clauses")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "trade_record"],
                condition=Q(is_live=True),
                name="trade_is_reimbursed_once",
            ),
            models.UniqueConstraint(
                fields=["reimbursement", "trade_record"], name="trade_stands_once_in_a_request"
            ),
            models.CheckConstraint(
                condition=Q(is_live=True) | Q(amount_minor__gte=0),
                name="reimbursement_line_that_is_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trade_record_id} {self.amount_minor}"


class ReimbursementMove(models.Model):
    """One step of a request: who, when, why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reimbursement = models.ForeignKey(Reimbursement, on_delete=models.PROTECT, related_name="moves")
    applicant = _organization()
    issuer = _organization()
    step = models.CharField(max_length=10, choices=ReimbursementStep.choices)
    person = _person(null=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)

    def __str__(self) -> str:
        return f"{self.reimbursement_id} {self.step}"


class ReimbursementObjection(models.Model):
    """What an organisation has against a request while it is public."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reimbursement = models.ForeignKey(
        Reimbursement, on_delete=models.PROTECT, related_name="objections"
    )
    issuer = _organization()
    organization = _organization()
    made_by = _person()
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    answered_by = _person(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reimbursement", "organization"], name="reimbursement_objected_once"
            ),
            models.CheckConstraint(
                condition=~Q(reason="")
                & (
                    Q(answered_by=None, answered_at=None, answer="")
                    | Q(answered_by__isnull=False, answered_at__isnull=False)
                    & ~Q(answer="")
                    & ~Q(answered_by=F("made_by"))
                ),
                name="reimbursement_objection_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reimbursement_id} {self.organization_id}"


class ProgrammePayer(models.Model):
    """Who pays for a source of a programme's money, from a moment on; the newest row counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    issuer = _organization()
    source = models.CharField(max_length=40)
    payer = _organization()
    set_by = _person()
    set_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["programme", "source", "-id"], name="payer_of_source")
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.source}"


class ClaimPart(models.Model):
    """What one source of a programme's money pays of a line of a claim."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    claim = models.ForeignKey("claims.VoucherClaim", on_delete=models.PROTECT, related_name="parts")
    line = models.ForeignKey("claims.ClaimLine", on_delete=models.PROTECT, related_name="parts")
    provider = _organization()
    issuer = _organization()
    source = models.CharField(max_length=40, blank=True)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "source"], name="claim_part_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="claim_part_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.amount_minor}"


class ClaimShare(models.Model):
    """What one payer pays of a claim, and whether it did."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    claim = models.ForeignKey(
        "claims.VoucherClaim", on_delete=models.PROTECT, related_name="shares"
    )
    provider = _organization()
    issuer = _organization()
    payer = _organization()
    source = models.CharField(max_length=40, blank=True)
    amount_minor = models.BigIntegerField()
    paid_at = models.DateTimeField(null=True)
    paid_by = _person(null=True)
    payment_reference = models.CharField(max_length=80, blank=True)
    arrival = models.CharField(
        max_length=100, blank=True, help_text="the payment that reached the buyer's account"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "source"], name="claim_share_once"),
            models.UniqueConstraint(
                fields=["arrival"], condition=~Q(arrival=""), name="payment_pays_one_share"
            ),
            models.CheckConstraint(
                condition=~Q(amount_minor=0)
                & (
                    Q(paid_at=None, paid_by=None, payment_reference="", arrival="")
                    | Q(paid_at__isnull=False, paid_by__isnull=False) & ~Q(payment_reference="")
                ),
                name="claim_share_paid_is_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payer", "-id"], name="share_of_payer")]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.source} {self.amount_minor}"
