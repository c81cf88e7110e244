"""Statements with their balances and lines, taxes by date, and requests for fapiao."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common import recorded
from common.ids import uuid7
from marketplace.statements.contracts import (
    CODE_LENGTH_MAX,
    FAPIAO_LIVE,
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    BillSide,
    ClosingState,
    FapiaoKind,
    FapiaoState,
    MonitorKind,
    StatementKind,
)


class Statement(models.Model):
    """What was booked for somebody in a month; issued once, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=12, choices=StatementKind.choices)
    side = models.CharField(max_length=9, choices=BillSide.choices)
    subject = models.CharField(max_length=40, blank=True, help_text="organisation, or programme")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="the last day")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="the cut-off")
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    lines_count = models.PositiveIntegerField()
    opening_minor = models.BigIntegerField(help_text="of what is money")
    added_minor = models.BigIntegerField()
    taken_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    charged_minor = models.BigIntegerField(help_text="what was charged in money, with tax")
    voucher_minor = models.BigIntegerField(help_text="what vouchers paid beside it")
    taxes = models.JSONField(help_text="of what was charged, by rate")
    tax_minor = models.BigIntegerField()
    lines_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    cancels = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="cancelled_by"
    )
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    is_live = models.BooleanField(default=True, help_text="counts: not cancelled, nor cancelling")
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["side", "subject", "starts_on"],
                condition=Q(is_live=True),
                name="month_is_stated_once",
            ),
            models.CheckConstraint(
                condition=Q(closing_minor=F("opening_minor") + F("added_minor") + F("taken_minor"))
                & Q(added_minor__gte=0, taken_minor__lte=0),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(kind=StatementKind.STATEMENT, cancels=None, reason="")
                | Q(kind=StatementKind.CANCELLATION, cancels__isnull=False, is_live=False)
                & ~Q(reason=""),
                name="cancellation_names_what_it_cancels",
            ),
            models.CheckConstraint(
                condition=Q(side__in=[BillSide.BUYER, BillSide.PROVIDER, BillSide.PROGRAMME])
                & Q(organization__isnull=False)
                | Q(side=BillSide.MARKET, organization=None),
                name="statement_is_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_on__gte=F("starts_on"))
                & Q(issued_at__gte=F("ends_at")),
                name="statement_is_of_a_time_that_is_over",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-sequence"], name="statement_of_organization"),
        ]

    def __str__(self) -> str:
        return self.number


class StatementBalance(models.Model):
    """One account on a statement: opening, what came and went, closing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="balances")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    account = models.CharField(max_length=200)
    account_number = models.BigIntegerField(help_text="in the ledger")
    kind = models.CharField(max_length=64)
    asset = models.CharField(max_length=64)
    opening_minor = models.BigIntegerField()
    added_minor = models.BigIntegerField()
    taken_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    lines_count = models.PositiveIntegerField()
    taken_through = models.BigIntegerField(help_text="entries up to here are on statements")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["statement", "account_number"], name="statement_shows_an_account_once"
            ),
            models.CheckConstraint(
                condition=Q(closing_minor=F("opening_minor") + F("added_minor") + F("taken_minor"))
                & Q(added_minor__gte=0, taken_minor__lte=0),
                name="balance_of_statement_adds_up",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account_number", "-id"],
                condition=Q(is_live=True),
                name="stated_balance_of_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.closing_minor}"


class StatementLine(models.Model):
    """A transfer of the ledger as it stands on the statement of one side; written by SQL."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    organization_id = models.UUIDField(null=True)
    position = models.PositiveIntegerField()
    account_number = models.BigIntegerField()
    asset = models.CharField(max_length=64)
    transfer_id = models.UUIDField()
    amount_minor = models.BigIntegerField(help_text="what comes is positive")
    occurred_at = models.DateTimeField(help_text="when it was used; else when it took effect")
    day = models.DateField(help_text="of the market")
    reason = models.CharField(max_length=64)
    reference = models.CharField(max_length=200, blank=True)
    contract_number = models.CharField(max_length=24, blank=True)
    order_number = models.CharField(max_length=24, blank=True)
    what = models.CharField(max_length=200, blank=True, help_text="the listing")
    chip = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=6, blank=True)
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, default=0)
    corrects = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "position"], name="line_has_its_place"),
            models.UniqueConstraint(
                fields=["account_number", "transfer_id"],
                condition=Q(is_live=True),
                name="transfer_is_stated_once",
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="line_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.amount_minor}"


class TaxRate(models.Model):
    """A rate of tax from a day on; what was in force stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tax = models.CharField(max_length=12)
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    starts_on = models.DateField()
    source = models.CharField(max_length=300)
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tax", "starts_on"], name="tax_rate_from_a_day_once"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lt=1), name="tax_rate_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax} {self.rate} {self.starts_on}"


class Fapiao(models.Model):
    """A buyer's request for the fapiao of a statement, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="fapiao")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=FapiaoKind.choices)
    title = models.CharField(max_length=TITLE_LENGTH_MAX)
    taxpayer_code = models.CharField(max_length=18)
    email = models.EmailField(blank=True)
    amount_minor = models.BigIntegerField(help_text="with tax")
    tax_minor = models.BigIntegerField()
    state = models.CharField(
        max_length=9, choices=FapiaoState.choices, default=FapiaoState.REQUESTED
    )
    fapiao_number = models.CharField(max_length=CODE_LENGTH_MAX, blank=True)
    answer = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["statement"],
                condition=Q(state__in=FAPIAO_LIVE),
                name="one_fapiao_of_a_statement",
            ),
            models.UniqueConstraint(
                fields=["fapiao_number"],
                condition=~Q(fapiao_number=""),
                name="fapiao_number_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, tax_minor__gte=0, tax_minor__lt=F("amount_minor")),
                name="fapiao_is_of_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[FapiaoState.ISSUED, FapiaoState.REVERSED])
                & ~Q(fapiao_number="")
                | ~Q(state__in=[FapiaoState.ISSUED, FapiaoState.REVERSED]) & Q(fapiao_number=""),
                name="fapiao_issued_has_its_number",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-sequence"], name="fapiao_of_organization"),
        ]

    def __str__(self) -> str:
        return self.number


class BookClosing(models.Model):
    """A month that is closed as two persons agreed: nothing takes effect in it any more."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    month = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    checklist = models.JSONField()
    trial_hash = models.CharField(max_length=64, help_text="of the trial balance at its end")
    state = models.CharField(
        max_length=8, choices=ClosingState.choices, default=ClosingState.PROPOSED
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month"],
                condition=Q(state=ClosingState.CLOSED),
                name="month_is_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(state=ClosingState.PROPOSED, closed_at=None, closed_by=None)
                | Q(state=ClosingState.CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                & Q(proposal__isnull=False)
                & ~Q(closed_by=F("proposed_by")),
                name="month_is_closed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class StatementRound(models.Model):
    """The statements of a month for everybody: how far the sweeper has come."""

    month = models.DateField(primary_key=True)
    due_at = models.DateTimeField(null=True, help_text="empty when it is done")
    reached = models.CharField(max_length=60, blank=True, help_text="side and subject done last")
    issued = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="statement_rounds_due",
                condition=Q(due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.month}"


class AccountMonitor(models.Model):
    """What somebody is told of an account, once each time that it becomes so."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    is_desk = models.BooleanField(help_text="of finance, on any account")
    account = models.CharField(max_length=200)
    kind = models.CharField(max_length=9, choices=MonitorKind.choices)
    below_minor = models.BigIntegerField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(help_text="when it is looked at next")
    balance_minor = models.BigIntegerField(null=True, help_text="as it was seen last")
    raised_at = models.DateTimeField(null=True, help_text="since when it is so; empty: it is not")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "account", "kind"],
                condition=Q(ended_at=None),
                name="account_is_watched_once_so",
            ),
            models.CheckConstraint(
                condition=Q(kind=MonitorKind.BELOW, below_minor__isnull=False, days=None)
                | Q(kind=MonitorKind.UNCLEARED, below_minor=None, days__gte=1, days__lte=90),
                name="monitor_says_what_it_looks_for",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(ended_at=None), name="monitors_due")
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.kind}"
