"""Voucher programmes and their versions, applications, and the vouchers issued on them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from marketplace.vouchers.contracts import ApplicationState, Beneficiary, VoucherState


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


class Application(models.Model):
    """An organisation's request for a voucher, decided once by somebody else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    programme_version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, related_name="+"
    )
    applicant = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    beneficiary = models.CharField(max_length=8, choices=Beneficiary.choices)
    amount_minor = models.BigIntegerField()
    purpose = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=8, choices=ApplicationState.choices, default=ApplicationState.APPLIED
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField()
    decided_by_organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["applicant", "-id"], name="application_by_applicant"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="application_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="application_state_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ApplicationState.APPLIED,
                    decided_at__isnull=True,
                    decided_by_organization__isnull=True,
                    decided_by__isnull=True,
                )
                | (
                    ~Q(state=ApplicationState.APPLIED)
                    & Q(decided_at__isnull=False, decided_by_organization__isnull=False)
                    & Q(decided_by__isnull=False)
                ),
                name="application_decision_is_whole",
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
