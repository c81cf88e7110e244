"""What the senders' API takes and answers."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    StrictCharField,
    StrictIntegerField,
    StrictLinesField,
    StrictSerializer,
)
from metering.api.serializers import QuantityField
from metering.senders.contracts import NAME_LENGTH_MAX, Reads, SeriesKind, Via
from metering.senders.wire.exposition import SAMPLE_LENGTH_MAX


class SeriesMappingReply(serializers.Serializer[Any]):
    """A mapping."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class MappingVersionReply(serializers.Serializer[Any]):
    """A version of a mapping, whole."""

    id = serializers.UUIDField()
    mapping_id = serializers.UUIDField()
    version = serializers.IntegerField()
    definition = serializers.JSONField()
    content_hash = serializers.CharField(help_text="SHA-256 of the definition")
    published_at = serializers.DateTimeField()


class NewSeriesMapping(StrictSerializer):
    """A mapping to make; it is in force at once."""

    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    definition = serializers.JSONField(help_text="see `docs/rooms/senders.md`")


class NewMappingVersion(StrictSerializer):
    """What a mapping says from now on."""

    definition = serializers.JSONField(help_text="see `docs/rooms/senders.md`")
    begun_from = StrictIntegerField(
        min_value=1, max_value=2**31 - 1, help_text="the version that was looked at"
    )


class MappingTrial(StrictSerializer):
    """A mapping, and a sample to try it with."""

    definition = serializers.JSONField(help_text="see `docs/rooms/senders.md`")
    sample = StrictLinesField(
        max_length=SAMPLE_LENGTH_MAX,
        trim_whitespace=False,
        help_text=(
            "what an exporter shows (pages after each other parted by `# EOF`, a minute apart),"
            " a table with metric, time, value and labels, or OTLP in JSON"
        ),
    )


class TriedReading(serializers.Serializer[Any]):
    """A reading that would come of a sample."""

    meter_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    quantity = QuantityField()
    unit = serializers.CharField()
    subject = serializers.UUIDField(allow_null=True)


class TriedSeriesReply(serializers.Serializer[Any]):
    """What one series of a sample would do."""

    metric = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())
    samples = serializers.IntegerField()
    meter_id = serializers.UUIDField(source="meter.id", default=None)
    reads = serializers.CharField(help_text="empty if it is not read")
    reason = serializers.CharField(help_text="why it is not read")
    readings = TriedReading(many=True)


class FollowedSeriesReply(serializers.Serializer[Any]):
    """A series that is followed."""

    id = serializers.IntegerField()
    metric = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())
    meter_id = serializers.UUIDField()
    reads = serializers.ChoiceField(Reads.choices)
    subject = serializers.UUIDField(allow_null=True)
    passed_at = serializers.DateTimeField(allow_null=True)
    base_value = serializers.CharField(help_text="the last number that counts, as it was sent")
    samples = serializers.IntegerField()
    readings = serializers.IntegerField()
    refused = serializers.IntegerField()
    refused_code = serializers.CharField()
    behind = serializers.IntegerField()
    not_numbers = serializers.IntegerField()
    stale = serializers.IntegerField()
    resets = serializers.IntegerField()
    gaps = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()


class UnmappedMetricReply(serializers.Serializer[Any]):
    """A metric that nobody reads; without a name: all beyond the bound."""

    id = serializers.IntegerField()
    metric = serializers.CharField()
    reason = serializers.CharField(help_text="`no_rule`, `no_meter` or `unlike`")
    kind = serializers.ChoiceField(SeriesKind.choices)
    labels = serializers.DictField(child=serializers.CharField())
    last_value = serializers.CharField()
    samples = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()


class SeriesSenderReply(serializers.Serializer[Any]):
    """What came by one door."""

    via = serializers.ChoiceField(Via.choices)
    requests = serializers.IntegerField()
    samples = serializers.IntegerField()
    unmapped = serializers.IntegerField()
    readings = serializers.IntegerField()
    refused = serializers.DictField(child=serializers.IntegerField())
    first_seen_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
