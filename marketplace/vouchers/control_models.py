"""What control keeps: its rules, what is known of parties and contracts, and what it found."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.vouchers.control_contracts import (
    CONTRACT_NUMBER_MAX,
    NOTE_MAX,
    ControlCode,
    ControlSeverity,
    FindingState,
    MarkKind,
)


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )


class ControlRule(models.Model):
    """One version of a rule: how grave, its numbers, from when; the latest that began holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, choices=ControlCode.choices)
    version = models.PositiveIntegerField()
    severity = models.CharField(max_length=5, choices=ControlSeverity.choices)
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=NOTE_MAX)
    valid_from = models.DateTimeField()
    proposed_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="control_rule_once"),
            models.CheckConstraint(
                condition=Q(code__in=ControlCode.values, severity__in=ControlSeverity.values),
                name="control_rule_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class NamedContract(models.Model):
    """A contract that an application is for, as its applicant named it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        "vouchers.Application", on_delete=models.PROTECT, related_name="contracts"
    )
    applicant = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    seller_uscc = models.CharField(max_length=18)
    number = models.CharField(max_length=CONTRACT_NUMBER_MAX)
    compared = models.CharField(max_length=2 * CONTRACT_NUMBER_MAX, help_text="as it is compared")
    signed_on = models.DateField()
    amount_minor = models.BigIntegerField()
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "seller_uscc", "compared"], name="contract_named_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & ~Q(compared=""), name="named_contract_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ControlDossier(models.Model):
    """What an application has that others may have, too; written anew at each look."""

    application = models.OneToOneField(
        "vouchers.Application", on_delete=models.PROTECT, primary_key=True, related_name="dossier"
    )
    keys = ArrayField(models.CharField(max_length=300))
    content = models.JSONField()
    looked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["keys"], name="dossier_by_key")]

    def __str__(self) -> str:
        return str(self.application_id)


class ControlFinding(models.Model):
    """What a rule found about an application, until a person decided on it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    application = models.ForeignKey(
        "vouchers.Application", on_delete=models.PROTECT, related_name="findings"
    )
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    rule = models.ForeignKey(ControlRule, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20, choices=ControlCode.choices)
    severity = models.CharField(max_length=5, choices=ControlSeverity.choices)
    subject = models.CharField(max_length=64, help_text="digest of what it is about")
    evidence = models.JSONField()
    content_hash = models.CharField(max_length=64)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=FindingState.choices, default=FindingState.OPEN)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "code", "subject"], name="control_found_once"
            ),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN, decided_by=None, decided_at=None)
                | (
                    Q(state__in=[FindingState.CLEARED, FindingState.CONFIRMED])
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(note="")
                ),
                name="control_finding_is_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issuer", "state", "-id"], name="finding_of_issuer"),
        ]

    def __str__(self) -> str:
        return self.number


class PartyMark(models.Model):
    """That something stood behind a party from a day on: kept as a digest, shown masked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uscc = models.CharField(max_length=18)
    kind = models.CharField(max_length=10, choices=MarkKind.choices)
    digest = models.CharField(max_length=64)
    shown = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="the first day on which it is over")
    source = models.CharField(max_length=200)
    brought_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["uscc", "kind", "digest", "valid_from"], name="party_mark_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="party_mark_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uscc} {self.kind}"


class DishonestEntry(models.Model):
    """That a party stands on a list of the dishonest, as the list was brought in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uscc = models.CharField(max_length=18)
    listed_on = models.DateField()
    removed_on = models.DateField(null=True)
    source = models.CharField(max_length=200)
    reference = models.CharField(max_length=80)
    brought_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "reference"], name="dishonest_entry_once"),
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True) | Q(removed_on__gte=F("listed_on")),
                name="dishonest_entry_runs_forward",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["uscc"], name="dishonest_by_party")]

    def __str__(self) -> str:
        return f"{self.uscc} {self.reference}"


class ForeignSupport(models.Model):
    """The blinded fingerprint of a contract that another city supported."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    exchange = models.CharField(max_length=40, help_text="the agreement whose secret blinds it")
    fingerprint = models.CharField(max_length=64)
    city = models.CharField(max_length=80)
    brought_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["exchange", "fingerprint", "city"], name="foreign_support_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange} {self.city}"


class SampleDraw(models.Model):
    """A sample of a programme's awards: committed to first, drawn by the seed that was meant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey("vouchers.Programme", on_delete=models.PROTECT, related_name="+")
    percent = models.PositiveSmallIntegerField()
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    seed = models.CharField(max_length=128, blank=True, help_text="revealed; in hexadecimal")
    names = models.JSONField(default=list, help_text="what was drawn from, when it was drawn")
    drawn = models.JSONField(default=list)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(percent__range=(1, 100)), name="sample_is_a_share"),
            models.CheckConstraint(
                condition=Q(seed="", drawn_at=None) | (~Q(seed="") & Q(drawn_at__isnull=False)),
                name="sample_is_drawn_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number
