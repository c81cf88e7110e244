"""The record of events over HTTP."""

from typing import Any, Final

from rest_framework import serializers

from identity.events.contracts import (
    BATCH_MAX,
    CURSOR_LENGTH_MAX,
    KIND_LENGTH_MAX,
    OBJECT_ID_LENGTH_MAX,
)
from identity.events.registry import NAME_LENGTH_MAX
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)

PAGE_SIZE: Final = 100
NEWEST: Final = "newest"


class FeedQuery(StrictSerializer):
    """Where to go on, and what to leave out."""

    cursor = StrictCharField(
        required=False,
        allow_blank=True,
        max_length=CURSOR_LENGTH_MAX,
        help_text="`cursor` of the answer before; none: the beginning of the record;"
        f" `{NEWEST}`: only what is recorded from now on.",
    )
    page_size = StrictIntegerField(
        default=PAGE_SIZE, min_value=1, max_value=BATCH_MAX, help_text="Most events of an answer."
    )
    name = StrictCharField(
        required=False,
        max_length=NAME_LENGTH_MAX,
        help_text="A name, or its first parts: `orders`, `orders.order`, `orders.order.cleared`.",
    )
    object_kind = StrictCharField(required=False, max_length=KIND_LENGTH_MAX)
    object_id = StrictCharField(required=False, max_length=OBJECT_ID_LENGTH_MAX)
    person_id = StrictIntegerField(required=False, min_value=1, max_value=2**63 - 1)
    recorded_from = MomentField(required=False)
    recorded_until = MomentField(required=False)
    organization_id = StrictUUIDField(
        required=False, help_text="For auditors and operators: what concerns one organisation."
    )


class ObjectReply(serializers.Serializer[Any]):
    """What an event happened to."""

    kind = serializers.CharField(source="object_kind")
    id = serializers.CharField(source="object_id")
    label = serializers.CharField(source="object_label")  # type: ignore[assignment]


class DoerReply(serializers.Serializer[Any]):
    """Who did it. Of another organisation's people and programs only the organisation is told."""

    organization_id = serializers.UUIDField(source="behalf_id", allow_null=True)
    person_id = serializers.IntegerField(allow_null=True)
    api_key_id = serializers.UUIDField(allow_null=True)
    agent_id = serializers.UUIDField(allow_null=True)
    task = serializers.CharField(allow_blank=True)
    request_id = serializers.CharField(allow_blank=True)


class EventReply(serializers.Serializer[Any]):
    """Something that happened."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    happened_at = serializers.DateTimeField()
    object = ObjectReply(source="*")
    facts = serializers.JSONField()
    by = serializers.SerializerMethodField()
    concerns = serializers.ListField(child=serializers.UUIDField())

    def get_by(self, told: Any) -> DoerReply:
        """Return who did it, as far as the reader may know."""
        return DoerReply(told.by).data  # type: ignore[return-value] # the schema's form


class FeedReply(serializers.Serializer[Any]):
    """Events in the order in which they were recorded."""

    cursor = serializers.CharField(help_text="Send it to go on after these; it never expires.")
    has_more = serializers.BooleanField(help_text="Whether more is there to be read at once.")
    results = EventReply(many=True)


class NameReply(serializers.Serializer[Any]):
    """A name that events may have."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
