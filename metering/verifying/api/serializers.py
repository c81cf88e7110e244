"""What verification takes and answers over HTTP."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    DayField,
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from metering.verifying.contracts import (
    FIGURES_MAX,
    NAME_MAX,
    TEXT_MAX,
    VALID_DAYS_MAX,
    AssessmentState,
    Because,
    ChallengeState,
    Level,
    WattVerdict,
)


class FigureReply(serializers.Serializer[Any]):
    """One figure; numbers are text."""

    name = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.CharField()
    repeats = serializers.IntegerField()
    spread = serializers.CharField(allow_null=True)


class CapabilityReply(serializers.Serializer[Any]):
    """A certificate of what a resource can do."""

    id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    resource_identifier = serializers.CharField(source="resource.identifier")
    provider_id = serializers.UUIDField()
    level = serializers.ChoiceField(Level.choices)
    benchmark = serializers.CharField()
    benchmark_version = serializers.CharField()
    figures = FigureReply(many=True)
    conditions = serializers.DictField()
    repeats = serializers.IntegerField()
    spread = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    issuer_id = serializers.UUIDField()
    content_hash = serializers.CharField()
    signature = serializers.CharField()
    public_key = serializers.CharField()
    rule = serializers.CharField()
    measured_at = serializers.DateTimeField()
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField()
    ended_at = serializers.SerializerMethodField()
    ended_because = serializers.SerializerMethodField()

    def get_ended_at(self, row: Any) -> str | None:
        """Return when it ended before its time."""
        end = getattr(row, "end", None)
        return end.ended_at.isoformat() if end else None

    def get_ended_because(self, row: Any) -> str | None:
        """Return why it ended before its time."""
        end = getattr(row, "end", None)
        return str(end.because) if end else None


class ProbeJudgementReply(serializers.Serializer[Any]):
    """What became of a probe's report."""

    id = serializers.UUIDField()
    is_accepted = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.CharField())
    level = serializers.IntegerField(allow_null=True)
    certificate_id = serializers.UUIDField(allow_null=True)


class OpenChallengeReply(serializers.Serializer[Any]):
    """A challenge that waits for an agent."""

    id = serializers.UUIDField()
    nonce = serializers.CharField()
    resource_id = serializers.UUIDField()
    deadline_at = serializers.DateTimeField()


class OpenChallengesReply(serializers.Serializer[Any]):
    """All that wait for one agent."""

    challenges = OpenChallengeReply(many=True)


class ChallengeReply(OpenChallengeReply):
    """A challenge and what became of it."""

    opens_at = serializers.DateTimeField()
    state = serializers.ChoiceField(ChallengeState.choices)
    measured = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    expected = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())
    settled_at = serializers.DateTimeField(allow_null=True)


class DrawReply(serializers.Serializer[Any]):
    """A day's draw: the hash of its seed, and the seed when the day is over."""

    day = serializers.DateField()
    commitment = serializers.CharField()
    seed = serializers.CharField(allow_null=True)
    resources = serializers.IntegerField()
    challenges = serializers.IntegerField()


class EchoReply(serializers.Serializer[Any]):
    """How many bytes arrived."""

    received = serializers.IntegerField()


class LevelChangeReply(serializers.Serializer[Any]):
    """That a level changed."""

    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)
    because = serializers.ChoiceField(Because.choices)
    certificate_id = serializers.UUIDField(allow_null=True)
    changed_at = serializers.DateTimeField()


class VerificationReply(serializers.Serializer[Any]):
    """The level of a resource, until when, and how it came to it."""

    resource_id = serializers.UUIDField()
    level = serializers.IntegerField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    history = LevelChangeReply(many=True)


class NewFigure(StrictSerializer):
    """One figure that somebody states."""

    name = serializers.RegexField(r"^[a-z][a-z0-9_]{0,39}$")
    unit = StrictCharField(max_length=16)
    value = StrictDecimalField(max_digits=18, decimal_places=6)
    repeats = StrictIntegerField(min_value=1, max_value=1000, default=1)
    spread = StrictDecimalField(
        max_digits=9, decimal_places=4, min_value=0, allow_null=True, default=None
    )


class NewDeclaration(StrictSerializer):
    """What a provider declares of its resource."""

    figures = serializers.ListField(child=NewFigure(), min_length=1, max_length=FIGURES_MAX)


class NewAssessment(StrictSerializer):
    """That a third party is asked to assess a resource."""

    resource_id = StrictUUIDField()
    assessor_id = StrictUUIDField(help_text="the assessor's organisation")
    note = StrictCharField(max_length=TEXT_MAX, allow_blank=True, default="")


class NewFinding(StrictSerializer):
    """What an assessor found out."""

    benchmark = StrictCharField(max_length=NAME_MAX)
    benchmark_version = StrictCharField(max_length=40, allow_blank=True, default="")
    figures = serializers.ListField(child=NewFigure(), min_length=1, max_length=FIGURES_MAX)
    conditions = serializers.DictField(
        child=StrictCharField(max_length=200, allow_blank=True), default=dict
    )
    measured_at = MomentField()
    valid_days = StrictIntegerField(min_value=1, max_value=VALID_DAYS_MAX)


class NewReason(StrictSerializer):
    """Why something is refused or revoked."""

    reason = StrictCharField(max_length=TEXT_MAX)


class AssessmentReply(serializers.Serializer[Any]):
    """An assessment and how far it is."""

    id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    assessor_id = serializers.UUIDField(source="assessor_organization_id")
    state = serializers.ChoiceField(AssessmentState.choices)
    note = serializers.CharField()
    asked_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(allow_null=True)
    content = serializers.DictField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class NewAssessor(StrictSerializer):
    """An organisation that may assess."""

    organization_id = StrictUUIDField()
    accreditation = StrictCharField(max_length=NAME_MAX)
    first_day = DayField()
    last_day = DayField()


class AssessorReply(serializers.Serializer[Any]):
    """An assessor and its accreditation."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    name = serializers.CharField(source="organization.name")
    accreditation = serializers.CharField()
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class CrossCheckReply(serializers.Serializer[Any]):
    """A day's use of a resource beside its power."""

    id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    day = serializers.DateField()
    rule = serializers.CharField()
    verdict = serializers.ChoiceField(WattVerdict.choices)
    findings = serializers.ListField(child=serializers.CharField())
    evidence = serializers.DictField()
    content_hash = serializers.CharField()
    checked_at = serializers.DateTimeField()
