"""Runs of the policy workbench, and what each enterprise would get by them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from common.money import AMOUNT_MINOR_MAX
from marketplace.policy.contracts import TITLE_LENGTH_MAX, WorkbenchBasis, WorkbenchState

HASH = r"^[0-9a-f]{64}$"


class PolicyRun(models.Model):
    """Rules tried on the sealed trades and applications of a period; what was asked never moves."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("policy_run_number"), function="nextval"),
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=TITLE_LENGTH_MAX)
    code = models.CharField(max_length=24, help_text="the programme that the rules are for")
    rules = models.JSONField()
    rules_hash = models.CharField(max_length=64)
    base_rules = models.JSONField(null=True)
    base_hash = models.CharField(max_length=64, blank=True)
    basis = models.CharField(max_length=12, choices=WorkbenchBasis.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    years_later = models.PositiveSmallIntegerField(
        default=0, help_text="by how many years the trades are moved, to meet the rules' dates"
    )
    budget_minor = models.BigIntegerField()
    state = models.CharField(
        max_length=9, choices=WorkbenchState.choices, default=WorkbenchState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    estimated_rows = models.BigIntegerField(default=0)
    progress_rows = models.BigIntegerField(default=0)
    inputs_root = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True)
    result_hash = models.CharField(max_length=64, blank=True)
    run_hash = models.CharField(max_length=64, blank=True)
    bytes = models.BigIntegerField(null=True, help_text="of the file that proves it")
    failure = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="last sign of its worker")
    finished_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkbenchState.values), name="policy_run_state_known"
            ),
            models.CheckConstraint(
                condition=Q(basis__in=WorkbenchBasis.values), name="policy_run_basis_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="policy_run_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(budget_minor__gte=0, budget_minor__lte=AMOUNT_MINOR_MAX),
                name="policy_run_budget_is_an_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state=WorkbenchState.READY)
                | Q(
                    result__isnull=False,
                    bytes__isnull=False,
                    finished_at__isnull=False,
                    inputs_root__regex=HASH,
                    result_hash__regex=HASH,
                    run_hash__regex=HASH,
                ),
                name="policy_run_ready_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, published_by=None)
                | Q(
                    published_at__isnull=False,
                    published_by__isnull=False,
                    state=WorkbenchState.READY,
                ),
                name="policy_run_published_once_ready",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at", "id"],
                condition=Q(state__in=[WorkbenchState.QUEUED, WorkbenchState.RUNNING]),
                name="policy_run_waiting",
            ),
            models.Index(fields=["organization", "-id"], name="policy_run_of_organization"),
            models.Index(
                fields=["rules_hash"],
                condition=Q(published_at__isnull=False),
                name="policy_run_of_rules",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return the number that people see."""
        return f"W-{self.sequence:04d}"

    @property
    def progress_percent(self) -> int:
        """Return how much of what is expected is decided; the estimate may be a little off."""
        if self.state == WorkbenchState.READY:
            return 100
        return min(99, self.progress_rows * 100 // max(self.estimated_rows, 1))


class PolicyRunParty(models.Model):
    """What one enterprise would get by a run; named to those whose applicant it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(PolicyRun, on_delete=models.PROTECT, related_name="parties")
    owner = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=12, help_text="what the run's file calls the enterprise")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    district = models.CharField(max_length=6, blank=True)
    beneficiary = models.CharField(max_length=8)
    size = models.CharField(max_length=6, blank=True)
    after_minor = models.BigIntegerField()
    before_minor = models.BigIntegerField(null=True)
    change_minor = models.BigIntegerField()
    reason = models.CharField(max_length=60, blank=True, help_text="why it gets nothing")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "key"], name="policy_party_once"),
            models.CheckConstraint(
                condition=Q(after_minor__gte=0)
                & (Q(before_minor__isnull=True) | Q(before_minor__gte=0)),
                name="policy_party_gets_no_less_than_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "-change_minor", "id"], name="policy_party_by_change"),
            models.Index(fields=["run", "-after_minor", "id"], name="policy_party_by_amount"),
        ]

    def __str__(self) -> str:
        return self.key
