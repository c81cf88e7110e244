"""What the API says of witnesses."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import StrictSerializer


class CheckpointQuery(StrictSerializer):
    """Which checkpoint."""

    witnessed = serializers.ChoiceField(
        choices=["0", "1"], default="0", help_text="1: the newest that satisfies the policy"
    )


class WitnessedHeadReply(serializers.Serializer[Any]):
    """A checkpoint of the ledger with the cosignatures under it."""

    size = serializers.IntegerField()
    note = serializers.CharField(help_text="C2SP signed note, with a line of each witness")
    witnesses = serializers.ListField(child=serializers.CharField())
    signed_at = serializers.DateTimeField(allow_null=True)
    is_met = serializers.BooleanField(help_text="whether the policy is satisfied now")


class PolicyWitnessReply(serializers.Serializer[Any]):
    """A witness that the policy names."""

    key = serializers.CharField(help_text="NAME+HASH+KEY, type 0x04")
    name = serializers.CharField()
    group = serializers.CharField()


class WitnessPolicyReply(serializers.Serializer[Any]):
    """`witness-policy/1`: whose cosignatures a reader asks for. Clients pin it."""

    format = serializers.CharField()
    logs = serializers.ListField(child=serializers.CharField(), help_text="keys of this ledger")
    witnesses = PolicyWitnessReply(many=True)
    needs = serializers.DictField(child=serializers.IntegerField())
    max_age_seconds = serializers.IntegerField()


class WitnessKeyReply(serializers.Serializer[Any]):
    """The key that this node cosigns with."""

    key = serializers.CharField(help_text="NAME+HASH+KEY, type 0x04")


class WitnessedLogReply(serializers.Serializer[Any]):
    """The newest checkpoint that this node cosigned of a log."""

    origin = serializers.CharField()
    size = serializers.IntegerField()
    note = serializers.CharField()
    cosigned_at = serializers.DateTimeField()


class LogConflictReply(serializers.Serializer[Any]):
    """A signed checkpoint that does not continue what was cosigned, with both notes."""

    id = serializers.UUIDField()
    origin = serializers.CharField()
    kind = serializers.CharField(help_text="FORKED: two roots of one size; UNPROVEN: no proof")
    held_size = serializers.IntegerField()
    held_note = serializers.CharField()
    offered_size = serializers.IntegerField()
    offered_note = serializers.CharField()
    found_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
