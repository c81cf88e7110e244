"""Reports, certificates, levels, assessments, challenges and cross-checks with power."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common import recorded
from common.ids import uuid7
from metering.verifying.contracts import (
    NAME_MAX,
    TEXT_MAX,
    AssessmentState,
    Because,
    ChallengeState,
    Level,
    WattVerdict,
)

HASH_LENGTH = 64
SIGNATURE_LENGTH = 88
KEY_LENGTH = 44


def _organization(**options: Any) -> Any:
    return models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", **options
    )


def _resource() -> Any:
    return models.ForeignKey("identity.ComputeResource", on_delete=models.PROTECT, related_name="+")


def _person() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )


class Assessor(models.Model):
    """An organisation that may assess what others' resources can do, by its accreditation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = _organization()
    accreditation = models.CharField(max_length=NAME_MAX)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(help_text="exclusive")
    named_by = _person()
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(ended_at=None), name="assessor_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="assessor_period"
            ),
            models.CheckConstraint(condition=~Q(accreditation=""), name="assessor_accredited"),
        ]

    def __str__(self) -> str:
        return self.accreditation


class Challenge(models.Model):
    """A moment drawn by the market at which a resource must show again what it can do."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = _resource()
    provider = _organization()
    day = models.DateField()
    nonce = models.CharField(max_length=HASH_LENGTH, unique=True)
    opens_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    state = models.CharField(
        max_length=7, choices=ChallengeState.choices, default=ChallengeState.DRAWN
    )
    measured = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    expected = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    problems = models.JSONField(default=list)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["opens_at"],
                condition=Q(state=ChallengeState.DRAWN),
                name="challenge_to_open",
            ),
            models.Index(
                fields=["deadline_at"],
                condition=Q(state=ChallengeState.OPEN),
                name="challenge_to_settle",
            ),
            models.Index(fields=["provider", "-id"], name="challenge_by_provider"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "day"], name="challenge_once_a_day"),
            models.CheckConstraint(
                condition=Q(deadline_at__gt=F("opens_at")), name="challenge_deadline"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ChallengeState.DRAWN, ChallengeState.OPEN], settled_at__isnull=True
                )
                | Q(
                    state__in=[
                        ChallengeState.PASSED,
                        ChallengeState.BELOW,
                        ChallengeState.MISSED,
                        ChallengeState.DROPPED,
                    ],
                    settled_at__isnull=False,
                ),
                name="challenge_settled_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.day}"


class DrawDay(models.Model):
    """The seed that a day's challenges are drawn with: committed before, revealed after."""

    day = models.DateField(primary_key=True)
    seed = models.BinaryField(max_length=32)
    commitment = models.CharField(max_length=HASH_LENGTH)
    drawn_at = models.DateTimeField()
    resources = models.PositiveIntegerField(default=0)
    challenges = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}"


class ProbeReport(models.Model):
    """What an agent measured and signed, byte for byte, and what the market made of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = _organization()
    resource = _resource()
    agent = models.ForeignKey("identity.MeteringAgent", on_delete=models.PROTECT, related_name="+")
    body = models.BinaryField()
    content_hash = models.CharField(max_length=HASH_LENGTH)
    signature = models.CharField(max_length=SIGNATURE_LENGTH)
    public_key = models.CharField(max_length=KEY_LENGTH, help_text="base64 of the raw 32 bytes")
    measured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_accepted = models.BooleanField()
    problems = models.JSONField(default=list)
    rule = models.CharField(max_length=40)
    challenge = models.OneToOneField(
        Challenge, on_delete=models.PROTECT, null=True, related_name="report"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["resource", "-id"], name="report_by_resource")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "content_hash"], name="report_taken_once")
        ]

    def __str__(self) -> str:
        return self.content_hash


class ThirdPartyAssessment(models.Model):
    """That a third party assesses a resource: asked for, recorded, decided by somebody else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = _resource()
    provider = _organization()
    assessor = models.ForeignKey(Assessor, on_delete=models.PROTECT, related_name="+")
    assessor_organization = _organization()
    state = models.CharField(
        max_length=9, choices=AssessmentState.choices, default=AssessmentState.ASKED
    )
    note = models.CharField(max_length=TEXT_MAX, blank=True)
    asked_by = _person()
    asked_at = models.DateTimeField()
    recorded_by = _person()
    recorded_at = models.DateTimeField(null=True)
    content = models.JSONField(null=True)
    document = models.BinaryField(null=True)
    document_name = models.CharField(max_length=200, blank=True)
    signature = models.CharField(max_length=SIGNATURE_LENGTH, blank=True)
    public_key = models.CharField(max_length=KEY_LENGTH, blank=True)
    decided_by = _person()
    decided_for = _organization(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=TEXT_MAX, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="assessment_by_provider"),
            models.Index(fields=["assessor_organization", "-id"], name="assessment_by_assessor"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["resource"],
                condition=Q(state__in=[AssessmentState.ASKED, AssessmentState.RECORDED]),
                name="assessment_under_way_once",
            ),
            models.CheckConstraint(
                condition=~Q(provider=F("assessor_organization")), name="assessment_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AssessmentState.RECORDED, AssessmentState.GRANTED])
                | Q(content__isnull=False, recorded_by__isnull=False, document__isnull=False),
                name="assessment_recorded_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AssessmentState.GRANTED, AssessmentState.REFUSED])
                | (
                    Q(decided_by__isnull=False, decided_for__isnull=False)
                    & ~Q(decided_for=F("provider"))
                    & ~Q(decided_for=F("assessor_organization"))
                    & (Q(recorded_by__isnull=True) | ~Q(decided_by=F("recorded_by")))
                ),
                name="assessment_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=AssessmentState.REFUSED) | ~Q(reason=""),
                name="assessment_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.state}"


class Certificate(models.Model):
    """What a resource can do, who says so, how it was measured, and until when; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = _resource()
    provider = _organization()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    benchmark = models.CharField(max_length=NAME_MAX)
    benchmark_version = models.CharField(max_length=40, blank=True)
    figures = models.JSONField()
    conditions = models.JSONField(default=dict)
    repeats = models.PositiveIntegerField(default=1, help_text="of the figure measured least")
    spread = models.DecimalField(
        max_digits=9, decimal_places=4, null=True, help_text="of the figure that varied most"
    )
    issuer = _organization(help_text="who says so")
    agent = models.ForeignKey(
        "identity.MeteringAgent", on_delete=models.PROTECT, null=True, related_name="+"
    )
    report = models.OneToOneField(
        ProbeReport, on_delete=models.PROTECT, null=True, related_name="certificate"
    )
    assessment = models.OneToOneField(
        ThirdPartyAssessment, on_delete=models.PROTECT, null=True, related_name="certificate"
    )
    document = models.BinaryField()
    content_hash = models.CharField(max_length=HASH_LENGTH)
    signature = models.CharField(max_length=SIGNATURE_LENGTH, blank=True)
    public_key = models.CharField(max_length=KEY_LENGTH, blank=True)
    rule = models.CharField(max_length=40, blank=True)
    measured_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(help_text="exclusive")
    issued_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["recorded_in", "id"], name="capability_in_order"),
            models.Index(fields=["resource", "-valid_to"], name="capability_by_resource"),
            models.Index(fields=["provider", "valid_to"], name="capability_by_provider"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="capability_period"
            ),
            models.CheckConstraint(
                condition=Q(
                    level=Level.DECLARED,
                    issuer=F("provider"),
                    report__isnull=True,
                    assessment__isnull=True,
                )
                | (
                    Q(
                        level=Level.MEASURED,
                        issuer=F("provider"),
                        report__isnull=False,
                        agent__isnull=False,
                        assessment__isnull=True,
                    )
                    & ~Q(signature="")
                )
                | (
                    Q(level=Level.ASSESSED, report__isnull=True, assessment__isnull=False)
                    & ~Q(issuer=F("provider"))
                ),
                name="capability_level_by_its_evidence",
            ),
        ]

    def __str__(self) -> str:
        return f"L{self.level} {self.resource_id}"


class CertificateEnd(models.Model):
    """That a certificate ended before its time, and why; append-only."""

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, primary_key=True, related_name="end"
    )
    provider = _organization()
    because = models.CharField(max_length=8, choices=Because.choices)
    note = models.CharField(max_length=TEXT_MAX, blank=True)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, null=True, related_name="+")
    ended_by = _person()
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.because}"


class LevelStanding(models.Model):
    """Which level a resource has, and when that changes or is reminded of: the work to do."""

    resource = models.OneToOneField(
        "identity.ComputeResource", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    provider = _organization()
    level = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    since = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    changes_at = models.DateTimeField(null=True, db_index=True)
    reminded = models.PositiveSmallIntegerField(null=True, help_text="days left when told last")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["ends_at"], condition=Q(ends_at__isnull=False), name="standing_to_remind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} L{self.level}"


class LevelChange(models.Model):
    """That the level of a resource changed, and why; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = _resource()
    provider = _organization()
    before = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    after = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    because = models.CharField(max_length=8, choices=Because.choices)
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["resource", "-id"], name="level_change_by_resource")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.before} {self.after}"


class CrossCheck(models.Model):
    """What a day's power says about a resource's use on that day; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = _resource()
    provider = _organization()
    day = models.DateField()
    rule = models.CharField(max_length=40)
    rule_hash = models.CharField(max_length=HASH_LENGTH)
    verdict = models.CharField(max_length=9, choices=WattVerdict.choices)
    findings = models.JSONField(default=list)
    evidence = models.JSONField()
    content_hash = models.CharField(max_length=HASH_LENGTH)
    checked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["provider", "-id"], name="check_by_provider")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "day", "rule"], name="checked_once")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.day} {self.verdict}"


class CheckedDay(models.Model):
    """A day whose use was compared with power."""

    day = models.DateField(primary_key=True)
    rule = models.CharField(max_length=40)
    resources = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day}"
