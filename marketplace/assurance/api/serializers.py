"""What assurance's API reads and answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from marketplace.assurance.contracts import TEXT_MAX, CaseFinding, Pattern
from marketplace.assurance.models import Case, CaseEvidence, CaseFact, CaseNote, SurveillanceRule
from marketplace.orders.contracts import RATE_MAX


class CaseReply(serializers.ModelSerializer[Case]):
    """What a rule found about some parties, and what people made of it."""

    rule_version = serializers.IntegerField(source="rule.version")
    assigned_to_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Case
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "number", "pattern", "rule_version", "organization_ids", "state"),
            *("opened_at", "grew_at", "assigned_to_id", "finding", "explanation", "closed_at"),
        )


class CaseEvidenceReply(serializers.ModelSerializer[CaseEvidence]):
    """An order that a case rests on, as it was then."""

    order_id = serializers.UUIDField()

    class Meta:
        model = CaseEvidence
        fields: ClassVar = ("order_id", "label", "facts", "content_hash", "found_at")


class CaseNoteReply(serializers.ModelSerializer[CaseNote]):
    """What somebody wrote about a case."""

    written_by_id = serializers.IntegerField()

    class Meta:
        model = CaseNote
        fields: ClassVar = ("id", "text", "written_by_id", "written_at")


class CaseFactReply(serializers.ModelSerializer[CaseFact]):
    """Something else that a case rests on than an order."""

    class Meta:
        model = CaseFact
        fields: ClassVar = ("kind", "reference", "label", "facts", "content_hash", "found_at")


class CasePageReply(CaseReply):
    """A case with its evidence and its notes."""

    evidence = CaseEvidenceReply(many=True)
    known_facts = CaseFactReply(many=True)
    notes = CaseNoteReply(many=True)

    class Meta(CaseReply.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *CaseReply.Meta.fields,
            "evidence",
            "known_facts",
            "notes",
        )


class NewCaseNote(StrictSerializer):
    """What was found out."""

    text = StrictCharField(max_length=TEXT_MAX)


class NewClosing(StrictSerializer):
    """What a case comes to; `CONFIRMED` needs both rates, and another operator."""

    finding = serializers.ChoiceField(CaseFinding.choices)
    explanation = StrictCharField(max_length=TEXT_MAX)
    placed_per_minute = StrictIntegerField(
        min_value=1, max_value=RATE_MAX, required=False, allow_null=True, default=None
    )
    cancelled_per_minute = StrictIntegerField(
        min_value=1, max_value=RATE_MAX, required=False, allow_null=True, default=None
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that what is confirmed says its effect, and nothing else does."""
        is_confirmed = attrs["finding"] == CaseFinding.CONFIRMED
        for name in ("placed_per_minute", "cancelled_per_minute"):
            if is_confirmed == (attrs[name] is None):
                raise serializers.ValidationError({name: NewClosing.__doc__})
        return attrs


class SurveillanceRuleReply(serializers.ModelSerializer[SurveillanceRule]):
    """One version of a surveillance rule."""

    class Meta:
        model = SurveillanceRule
        fields: ClassVar = (
            *("id", "pattern", "version", "parameters", "content_hash", "reason", "valid_from"),
        )


class NewSurveillanceRule(StrictSerializer):
    """Another version of a rule: all of its numbers, and why."""

    pattern = serializers.ChoiceField(Pattern.choices)
    parameters = serializers.DictField(child=StrictIntegerField(min_value=0, max_value=1_000_000))
    reason = StrictCharField(max_length=500)
