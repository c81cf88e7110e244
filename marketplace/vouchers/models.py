"""Voucher programmes and their versions, applications, and the vouchers issued on them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from marketplace.vouchers.contracts import (
    ApplicationState,
    Beneficiary,
    LifeStep,
    ObjectionState,
    VoucherState,
)
from marketplace.vouchers.control_models import (
    ControlDossier,
    ControlFinding,
    ControlRule,
    DishonestEntry,
    ForeignSupport,
    NamedContract,
    PartyMark,
    SampleDraw,
)
from marketplace.vouchers.life import CHECKED_TWICE, DECIDED, UNDECIDED
from marketplace.vouchers.supplier_models import SupplierSize

__all__ = [
    "Application",
    "ApplicationStep",
    "ControlDossier",
    "ControlFinding",
    "ControlRule",
    "DishonestEntry",
    "ForeignSupport",
    "NamedContract",
    "Objection",
    "PartyMark",
    "Programme",
    "ProgrammeDraft",
    "ProgrammeFunding",
    "ProgrammeVersion",
    "ReimbursedAmount",
    "SampleDraw",
    "SupplierSize",
    "Voucher",
]


class Programme(models.Model):
    """A public programme that pays part of what SMEs spend on compute."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    region = models.CharField(max_length=6, blank=True, help_text="GB/T 2260 code")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    asset = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]+(-[A-Z0-9]+)*$"),
                name="programme_code_is_well_formed",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ProgrammeVersion(models.Model):
    """The rules of a programme from a moment on; never edited, only followed by another version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    rules = models.JSONField()
    content_hash = models.CharField(max_length=64)
    source = models.CharField(max_length=300)
    published_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "version"], name="programme_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="programme_version_counts"),
            models.CheckConstraint(
                condition=~Q(approved_by=F("published_by")),
                name="programme_version_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} v{self.version}"


class ProgrammeDraft(models.Model):
    """Rules that an issuer works on: as far as they are known, with their worked examples."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    region = models.CharField(max_length=6, blank=True, help_text="GB/T 2260 code")
    source = models.CharField(max_length=300)
    rules = models.JSONField()
    examples = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "code"], name="programme_draft_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]+(-[A-Z0-9]+)*$"),
                name="programme_draft_code_is_well_formed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} r{self.revision}"


class ProgrammeFunding(models.Model):
    """Money that an authority put into a programme's pool, once a reference."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="fundings")
    reference = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    transfer_id = models.UUIDField(unique=True)
    funded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    funded_at = models.DateTimeField()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None, proposal=None)
                | Q(confirmed_by__isnull=False, proposal__isnull=False),
                name="programme_funding_confirmed_as_proposed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("funded_by")),
                name="programme_funding_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=["programme", "reference"], name="programme_funding_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="programme_funding_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.reference}"


class ProgrammeFormChoice(models.Model):
    """Which form a programme asks of applicants, from a moment on; the newest row counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="forms")
    code = models.CharField(max_length=40)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["programme", "-id"], name="form_of_programme")]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.code}"


class Application(models.Model):
    """An organisation's request for a voucher, and how far it has come; see `life`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    programme_version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, related_name="+"
    )
    applicant = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    beneficiary = models.CharField(
        max_length=8, choices=Beneficiary.choices, blank=True, help_text="by evidence"
    )
    amount_minor = models.BigIntegerField()
    purpose = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=16, choices=ApplicationState.choices, default=ApplicationState.DRAFT
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(help_text="begun; handed in once it was submitted")
    facts = models.JSONField(default=dict, help_text="what was known of the applicant, and by what")
    checks = models.JSONField(default=list, help_text="a line a rule, when it was handed in last")
    files = models.JSONField(default=list, help_text="the files that the applicant added")
    submission = models.OneToOneField(
        "forms.FormSubmission",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="what was answered to the programme's form",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_by_organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)
    publicity_until = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True, help_text="until when the next step has to come")
    reminded_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["applicant", "-id"], name="application_by_applicant"),
            models.Index(
                fields=["ends_at"], condition=Q(ends_at__isnull=False), name="application_to_end"
            ),
            models.Index(
                fields=["publicity_until"],
                condition=Q(state=ApplicationState.PUBLISHED),
                name="application_to_objections",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="application_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="application_state_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        ApplicationState.DRAFT,
                        ApplicationState.WITHDRAWN,
                        ApplicationState.EXPIRED,
                    ]
                )
                | ~Q(beneficiary=""),
                name="application_class_by_evidence",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=UNDECIDED,
                    decided_at__isnull=True,
                    decided_by_organization__isnull=True,
                    decided_by__isnull=True,
                )
                | Q(
                    state__in=DECIDED,
                    decided_at__isnull=False,
                    decided_by_organization__isnull=False,
                    decided_by__isnull=False,
                )
                | Q(state__in=[ApplicationState.WITHDRAWN, ApplicationState.EXPIRED]),
                name="application_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=CHECKED_TWICE)
                | (Q(reviewed_by__isnull=False) & ~Q(reviewed_by=F("decided_by"))),
                name="application_checked_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.REVIEWED) | Q(reviewed_by__isnull=False),
                name="application_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("applied_by")),
                name="application_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.ISSUED, issued_by__isnull=False)
                | (~Q(state=ApplicationState.ISSUED) & Q(issued_by__isnull=True)),
                name="application_issued_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(issued_by__isnull=True) | ~Q(issued_by=F("applied_by")),
                name="application_issued_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.PUBLISHED) | Q(publicity_until__isnull=False),
                name="application_published_until",
            ),
            models.CheckConstraint(
                condition=Q(decided_by_organization__isnull=True)
                | ~Q(decided_by_organization=F("applicant")),
                name="application_decided_elsewhere",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("applied_by")),
                name="application_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class VoucherBatch(models.Model):
    """Applications that were made together from one list: for a class of students, say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    made_for = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    list_hash = models.CharField(max_length=64, help_text="of its lines")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["made_for", "-id"], name="batch_by_maker"),
            models.Index(fields=["programme", "-id"], name="batch_by_programme"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "made_for", "name"], name="voucher_batch_once"
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0, total_minor__gt=0), name="voucher_batch_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BatchLine(models.Model):
    """One line of a batch: for whom, and the application that it became."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="lines")
    made_for = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    holder = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    named = models.CharField(max_length=80, help_text="the beneficiary, as the list calls it")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="batch_line"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "holder", "named"], name="batch_line_once"),
        ]

    def __str__(self) -> str:
        return self.named


class ApplicationStep(models.Model):
    """One step of an application: who took it, when, and why; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    applicant = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    step = models.CharField(max_length=8, choices=LifeStep.choices)
    state = models.CharField(max_length=16, choices=ApplicationState.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["application", "id"], name="step_of_application")]

    def __str__(self) -> str:
        return f"{self.application} {self.step}"


class Objection(models.Model):
    """What somebody has against an application that is open to objections."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="objections"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_for = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    state = models.CharField(
        max_length=9, choices=ObjectionState.choices, default=ObjectionState.OPEN
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "made_for"], name="objection_once_an_organisation"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="objection_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state=ObjectionState.OPEN, answered_by=None, answered_at=None)
                | (
                    Q(state__in=[ObjectionState.UPHELD, ObjectionState.DISMISSED])
                    & Q(answered_by__isnull=False, answered_at__isnull=False)
                    & ~Q(answer="")
                ),
                name="objection_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("made_by")),
                name="objection_answered_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.made_for_id}"


class Voucher(Reviewable):
    """A right to have part of an order paid; its value is the balance of its ledger account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    programme_version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, related_name="+"
    )
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="voucher"
    )
    holder = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    beneficiary = models.CharField(max_length=8, choices=Beneficiary.choices)
    face_minor = models.BigIntegerField()
    funding = models.JSONField(default=dict, help_text="face value by source of money, in fen")
    entity_year = models.PositiveSmallIntegerField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=VoucherState.choices, default=VoucherState.ACTIVE
    )
    clawed_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    returned_minor = models.BigIntegerField(default=0)
    reminded_days = models.PositiveSmallIntegerField(null=True)
    sweep_at = models.DateTimeField(
        null=True, help_text="when the unused rest is returned to the pool; empty once it was"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["holder", "expires_at"], name="voucher_by_holder"),
            models.Index(
                fields=["sweep_at"],
                condition=Q(sweep_at__isnull=False) & NOT_SET_ASIDE,
                name="voucher_to_sweep",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(face_minor__gt=0), name="voucher_is_positive"),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("face_minor")),
                name="voucher_returns_at_most_its_face",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="voucher_expires_after_issue"
            ),
            models.CheckConstraint(
                condition=Q(state__in=VoucherState.values), name="voucher_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=VoucherState.CLAWED_BACK, clawed_back_by__isnull=False)
                | (~Q(state=VoucherState.CLAWED_BACK) & Q(clawed_back_by__isnull=True)),
                name="voucher_is_clawed_back_by_somebody",
            ),
            reviewed_since("voucher_reviewed_since"),
        ]

    def __str__(self) -> str:
        return self.number


class ReimbursedAmount(models.Model):
    """
    What a buyer was granted afterwards, as far as it counts against the caps of its programme.

    Requests, decisions and payments lie in a room above; orders ask only what caps still leave.
    """

    id = models.UUIDField(primary_key=True, editable=False, help_text="of the request")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    entity_year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField(help_text="of the year in which it was granted")
    asked_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    counted_minor = models.BigIntegerField(help_text="nothing once it was given back")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & (Q(counted_minor=0) | Q(counted_minor=F("amount_minor"))),
                name="reimbursed_counts_whole_or_not",
            ),
            models.CheckConstraint(
                condition=Q(quarter__range=(1, 4)), name="reimbursed_quarter_is_one"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["holder", "entity_year", "programme"], name="reimbursed_by_entity_year"
            ),
            models.Index(
                fields=["programme", "entity_year", "quarter"], name="reimbursed_by_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} {self.amount_minor}"
