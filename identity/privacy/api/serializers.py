"""What the API of retention and personal data reads and answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from identity.http.fields import StrictCharField, StrictSerializer
from identity.privacy.classes import TermEnd, TermStart
from identity.privacy.contracts import OBJECT_MAX, REASON_MAX, HeldKind
from identity.privacy.models import LegalHold, Removal, SeenRecord
from identity.privacy.removers import PartStanding


class DataLevelReply(serializers.Serializer[Any]):
    """How careful one has to be with data of a level."""

    code = serializers.CharField()
    name = serializers.CharField()
    told = serializers.CharField()


class DataClassReply(serializers.Serializer[Any]):
    """A class of records: how long they are kept, from when, and on what ground."""

    code = serializers.CharField()
    name = serializers.CharField()
    ground = serializers.CharField()
    starts = serializers.ChoiceField(TermStart.choices)
    ends = serializers.ChoiceField(TermEnd.choices)
    years = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)


class KeptTableReply(serializers.Serializer[Any]):
    """A table, its class and level, and the columns whose level is another."""

    name = serializers.CharField()
    data_class = serializers.CharField()
    level = serializers.CharField()
    columns = serializers.DictField(child=serializers.CharField())


class DataClassesReply(serializers.Serializer[Any]):
    """What is kept and how long: the classes as published, and what each table holds."""

    version = serializers.IntegerField()
    levels = DataLevelReply(many=True)
    classes = DataClassReply(many=True)
    tables = KeptTableReply(many=True)


class LegalHoldReply(serializers.ModelSerializer[LegalHold]):
    """That nothing of an organisation, or of one object, goes, until two people lift it."""

    placed_by_id = serializers.IntegerField()
    agreed_by_id = serializers.IntegerField()
    lifted_by_id = serializers.IntegerField(allow_null=True)
    lift_agreed_by_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = LegalHold
        fields: ClassVar = (
            *("id", "kind", "object_id", "object_label", "reason", "placed_at", "placed_by_id"),
            *("agreed_by_id", "lifted_at", "lift_reason", "lifted_by_id", "lift_agreed_by_id"),
        )


class NewLegalHold(StrictSerializer):
    """A legal hold to propose."""

    kind = serializers.ChoiceField(HeldKind.choices)
    object_id = StrictCharField(max_length=OBJECT_MAX)
    reason = StrictCharField(max_length=REASON_MAX)


class LiftReason(StrictSerializer):
    """Why a legal hold is lifted."""

    reason = StrictCharField(max_length=REASON_MAX)


class SeenReply(serializers.ModelSerializer[SeenRecord]):
    """That somebody of another organisation opened what is an organisation's or a person's."""

    organization_id = serializers.UUIDField()
    reader_organization_id = serializers.UUIDField()
    reader_organization_name = serializers.CharField(source="reader_organization.name")

    class Meta:
        model = SeenRecord
        fields: ClassVar = (
            *("id", "organization_id", "person_id", "reader_id", "reader_organization_id"),
            *("reader_organization_name", "api_key_id", "object_kind", "object_id", "page"),
            "seen_at",
        )


class OverPartReply(serializers.Serializer[Any]):
    """A part of a table whose term is over, and why it stays, if it does."""

    table = serializers.CharField()
    data_class = serializers.CharField()
    part = serializers.CharField(source="key")
    over_at = serializers.DateTimeField()
    rows = serializers.IntegerField(allow_null=True)
    stays_because = serializers.ChoiceField(PartStanding.choices, source="standing")


class RemovalReply(serializers.ModelSerializer[Removal]):
    """That a part of a table went when its term was over."""

    class Meta:
        model = Removal
        fields: ClassVar = (
            *("id", "table", "part", "data_class", "classes_version", "rows", "removed_at"),
        )


class RetentionReply(serializers.Serializer[Any]):
    """What is over now, and what went last."""

    over = OverPartReply(many=True)
    removed = RemovalReply(many=True)
