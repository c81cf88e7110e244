"""What the API of approvals reads and answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from identity.approvals.contracts import KIND_LENGTH_MAX, REASON_LENGTH_MAX, ProposalState
from identity.approvals.models import Limit, Proposal
from identity.http.fields import AmountField, StrictCharField, StrictSerializer


class ProposalReply(serializers.ModelSerializer[Proposal]):
    """What one person proposed and another decides; its content is frozen."""

    state = serializers.ChoiceField(ProposalState.choices)
    proposed_by_id = serializers.IntegerField()
    proposed_for_id = serializers.UUIDField()
    decided_by_id = serializers.IntegerField(allow_null=True)
    content = serializers.JSONField()

    class Meta:
        model = Proposal
        fields: ClassVar = (
            *("id", "kind", "reference", "label", "content", "content_hash", "amount_minor"),
            *("reason", "proposed_by_id", "proposed_for_id", "proposed_at", "expires_at", "role"),
            *("state", "decided_by_id", "decided_at", "note", "result_id"),
        )


class WaitingReply(serializers.Serializer[Any]):
    """That an act waits for a second person, under which number."""

    proposal_id = serializers.UUIDField(source="id")
    kind = serializers.CharField()
    reference = serializers.CharField()
    content_hash = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class NewApproval(StrictSerializer):
    """The second person's yes."""

    content_hash = serializers.RegexField(
        r"\A[0-9a-f]{64}\Z", help_text="of the content that was read"
    )
    note = StrictCharField(
        max_length=REASON_LENGTH_MAX, required=False, default="", allow_blank=True
    )


class ProposalReason(StrictSerializer):
    """Why a proposal is refused or withdrawn."""

    reason = StrictCharField(max_length=REASON_LENGTH_MAX)


class LimitReply(serializers.ModelSerializer[Limit]):
    """From which amount on a kind of act takes two people."""

    class Meta:
        model = Limit
        fields: ClassVar = ("id", "kind", "from_minor", "set_at")


class NewLimit(StrictSerializer):
    """A limit to propose."""

    kind = StrictCharField(max_length=KIND_LENGTH_MAX)
    from_minor = AmountField(min_value=0, help_text="in fen; 0: always")
    reason = StrictCharField(max_length=REASON_LENGTH_MAX)
