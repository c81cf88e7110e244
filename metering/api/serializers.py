"""
What measuring takes and answers over HTTP.

The ignored assignments are members named `source` and `data`, which DRF's stubs reserve.
"""

from typing import Any

from rest_framework import serializers

from identity.api.serializers import PublicKeyField
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from metering import rules
from metering.chaining import OVERLAP_SECONDS_MAX
from metering.cloudevents import READING_TYPE
from metering.contracts import (
    MODEL_ALIASES_MAX,
    MODEL_NAME_MAX,
    Assessment,
    ChainFaultKind,
    ComputePath,
    Density,
    MetricKind,
    Precision,
    RowRefusal,
    Verdict,
    WindowState,
)


class QuantityField(serializers.DecimalField):
    """An exact quantity, as a string without meaningless zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=rules.QUANTITY_DIGITS + rules.QUANTITY_PLACES,
            decimal_places=rules.QUANTITY_PLACES,
            normalize_output=True,
            **options,
        )


class MetricReply(serializers.Serializer[Any]):
    """Something that can be counted."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.ChoiceField(MetricKind.choices)


class RuleReply(serializers.Serializer[Any]):
    """A version of a measurement rule, whole: anyone can compute with it again."""

    id = serializers.UUIDField()
    code = serializers.CharField(source="rule_id")
    version = serializers.IntegerField()
    name = serializers.CharField(source="rule.name")
    name_en = serializers.CharField(source="rule.name_en")
    metric = serializers.CharField(source="metric_id")
    window_seconds = serializers.IntegerField()
    grace_seconds = serializers.IntegerField()
    definition = serializers.JSONField()
    content_hash = serializers.CharField(help_text="SHA-256 of code, version and definition")
    source = serializers.CharField()  # type: ignore[assignment]
    valid_from = serializers.DateTimeField()
    published_at = serializers.DateTimeField()


class MeterReply(serializers.Serializer[Any]):
    """A meter."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    resource_id = serializers.UUIDField()
    metric = serializers.CharField(source="metric_id")
    unit = serializers.CharField(source="metric.unit")
    rule_version_id = serializers.UUIDField()
    rule = serializers.CharField(source="rule_version.rule_id")
    agent_id = serializers.UUIDField(allow_null=True)
    is_trial = serializers.BooleanField()
    registered_at = serializers.DateTimeField()


class NewMeter(StrictSerializer):
    """A meter to put on one of the provider's resources."""

    resource_id = StrictUUIDField()
    name = StrictCharField(max_length=80)
    rule_version_id = StrictUUIDField()
    agent_id = StrictUUIDField(
        required=False, allow_null=True, help_text="if named, readings must be signed by this agent"
    )
    is_trial = serializers.BooleanField(required=False, help_text="measured, but never charged")


class MeterChanges(StrictSerializer):
    """Which agent signs for a meter from now on; none is left out again."""

    agent_id = StrictUUIDField()


class NewAgentKey(StrictSerializer):
    """The key that an agent signs with from now on."""

    public_key = PublicKeyField()
    overlap_seconds = StrictIntegerField(
        required=False,
        min_value=0,
        max_value=OVERLAP_SECONDS_MAX,
        help_text="how long the former key stays good beside the new one; 0 if not named",
    )


class SignedMeterReply(serializers.Serializer[Any]):
    """What an agent needs to know of a meter that it signs for."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    unit = serializers.CharField(source="metric.unit")
    window_seconds = serializers.IntegerField(source="rule_version.window_seconds")
    resource_id = serializers.UUIDField()
    is_trial = serializers.BooleanField()
    registered_at = serializers.DateTimeField()


class MissingBatchesReply(serializers.Serializer[Any]):
    """A stretch of batches that never arrived."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()


class ChainFaultReply(serializers.Serializer[Any]):
    """What was wrong with an agent's batches."""

    kind = serializers.ChoiceField(ChainFaultKind.choices)
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    noticed_at = serializers.DateTimeField()


class ChainReply(serializers.Serializer[Any]):
    """An agent with its key, how far its batches have come, and the meters that it signs for."""

    agent_id = serializers.UUIDField()
    name = serializers.CharField()
    key_id = serializers.CharField()
    is_good = serializers.BooleanField(help_text="whether the key may sign now")
    ends_at = serializers.DateTimeField(allow_null=True)
    number = serializers.IntegerField(help_text="the highest batch that arrived, 0 if none did")
    content_hash = serializers.CharField(
        help_text="SHA-256 of that batch; 64 zeros if none arrived"
    )
    arrived = serializers.IntegerField()
    missing = MissingBatchesReply(many=True)
    faults = ChainFaultReply(many=True, help_text="the latest twenty")
    seen_at = serializers.DateTimeField(allow_null=True)
    meters = SignedMeterReply(many=True)


class ReadingReply(serializers.Serializer[Any]):
    """A reading that was taken."""

    source = serializers.CharField()  # type: ignore[assignment]
    event_id = serializers.CharField()
    subject = serializers.UUIDField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    quantity = QuantityField()
    agent_id = serializers.UUIDField(allow_null=True)
    received_at = serializers.DateTimeField()


class UsagePart(serializers.Serializer[Any]):
    """One of the metrics that a quantity was weighed from."""

    unit = serializers.CharField()
    quantity = QuantityField()
    weight = QuantityField()


class UsageReply(serializers.Serializer[Any]):
    """What a meter delivered to one subject in one window."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    provider_id = serializers.UUIDField()
    meter_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    subject = serializers.UUIDField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    revision = serializers.IntegerField()
    supersedes_id = serializers.UUIDField(allow_null=True)
    quantity = QuantityField()
    unit = serializers.CharField(source="rule_version.metric.unit")
    native_hours = QuantityField(allow_null=True)
    standard_hours = QuantityField(allow_null=True)
    factor = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    factor_source = serializers.CharField(help_text="or why there is no factor")
    hour_class = serializers.CharField(help_text="of the conversion table; empty: own figures")
    class_hours = QuantityField(
        allow_null=True, help_text="hours of another class than training: another unit"
    )
    factor_row = serializers.CharField(help_text="of the conversion table")
    certificate_id = serializers.UUIDField(allow_null=True)
    rule_version_id = serializers.UUIDField()
    is_trial = serializers.BooleanField()
    inputs_hash = serializers.CharField(help_text="SHA-256 of the readings, sorted")
    reading_count = serializers.IntegerField()
    parts = UsagePart(many=True)
    created_at = serializers.DateTimeField()


class WindowReply(serializers.Serializer[Any]):
    """A stretch of a meter's time, and where it stands."""

    id = serializers.IntegerField()
    provider_id = serializers.UUIDField()
    meter_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(WindowState.choices)
    revision = serializers.IntegerField(help_text="how often it was measured")
    closed_at = serializers.DateTimeField(allow_null=True)
    set_aside_reason = serializers.CharField()
    admitted_quantity = QuantityField(allow_null=True)


class NewWindowDecision(StrictSerializer):
    """What to do with a window that was set aside."""

    verdict = serializers.ChoiceField(Verdict.choices)
    reason = StrictCharField(max_length=500)


class DecisionReply(serializers.Serializer[Any]):
    """A decision about a window."""

    id = serializers.UUIDField()
    window_id = serializers.IntegerField()
    verdict = serializers.ChoiceField(Verdict.choices)
    quantity = QuantityField(help_text="what the window's readings added up to")
    reason = serializers.CharField()
    decided_by_id = serializers.UUIDField()
    decided_at = serializers.DateTimeField()


class CertificateReply(serializers.Serializer[Any]):
    """A certified capacity of one unit of a resource."""

    id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    precision = serializers.ChoiceField(Precision.choices)
    density = serializers.ChoiceField(Density.choices)
    path = serializers.ChoiceField(ComputePath.choices)
    value = serializers.DecimalField(max_digits=18, decimal_places=6, normalize_output=True)
    unit = serializers.CharField()
    assessment = serializers.ChoiceField(Assessment.choices)
    model = serializers.CharField(help_text="what answers so many tokens; else empty")
    aliases = serializers.ListField(
        child=serializers.CharField(), help_text="other names of the model, in small letters"
    )
    source = serializers.CharField()  # type: ignore[assignment]
    verifier_id = serializers.UUIDField()
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(help_text="exclusive")
    certified_at = serializers.DateTimeField()


class NewCertificate(StrictSerializer):
    """A capacity to certify."""

    resource_id = StrictUUIDField()
    precision = serializers.ChoiceField(Precision.choices)
    density = serializers.ChoiceField(Density.choices)
    path = serializers.ChoiceField(ComputePath.choices)
    value = StrictDecimalField(max_digits=18, decimal_places=6, help_text="of one capacity unit")
    unit = serializers.ChoiceField(["TFLOPS", "TOPS", "tokens/s", "cores"])
    assessment = serializers.ChoiceField(Assessment.choices)
    model = StrictCharField(
        max_length=MODEL_NAME_MAX, required=False, help_text="of tokens/s: what answers them"
    )
    aliases = serializers.ListField(
        child=StrictCharField(max_length=MODEL_NAME_MAX),
        max_length=MODEL_ALIASES_MAX,
        required=False,
        help_text="what else the model is called",
    )
    source = StrictCharField(max_length=500)  # type: ignore[assignment]
    valid_from = MomentField()
    valid_to = MomentField(help_text="exclusive")


class ReadingData(serializers.Serializer[Any]):
    """The data of a reading event; in binary mode the whole body."""

    meter = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    quantity = serializers.CharField(
        help_text="plain digits, as a string or a number; at most 15 before and 12 after the point"
    )
    unit = serializers.CharField(max_length=24)
    state = serializers.CharField(
        max_length=12,
        required=False,
        help_text="what the resource did meanwhile, where the meter's rule knows states",
    )


class ReadingEvent(serializers.Serializer[Any]):
    """A reading as a CloudEvent 1.0; other extension attributes are ignored."""

    specversion = serializers.ChoiceField(["1.0"])
    type = serializers.ChoiceField([READING_TYPE])
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=200, help_text="URI of the meter"
    )
    id = serializers.CharField(max_length=100, help_text="unique for the source, for good")
    subject = serializers.UUIDField(
        required=False, help_text="id of the order that the use belongs to"
    )
    time = serializers.DateTimeField(required=False, allow_null=True)
    datacontenttype = serializers.CharField(
        required=False, allow_null=True, help_text="application/json, or another type of JSON"
    )
    suanpannumber = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="in the first event of a signed batch: its number among its agent's",
    )
    suanpanprevious = serializers.CharField(
        required=False,
        min_length=64,
        max_length=64,
        help_text="beside it: SHA-256 of the batch before, in hex; 64 zeros for the first",
    )
    data = ReadingData(required=False)  # type: ignore[assignment]
    data_base64 = serializers.CharField(
        required=False, help_text="in place of data: the same, as bytes in base64"
    )


class RefusedRowReply(serializers.Serializer[Any]):
    """An event that was not taken."""

    index = serializers.IntegerField(help_text="place in the batch, from 0")
    code = serializers.ChoiceField([(code.value, code.value) for code in RowRefusal])
    detail = serializers.CharField()


class IngestReply(serializers.Serializer[Any]):
    """What became of the events. The three counts add up to what was sent."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = RefusedRowReply(many=True)


class ReadingMonthReply(serializers.Serializer[Any]):
    """A month of UTC that readings lie in, and when its raw readings were removed, if they were."""

    month = serializers.DateField(help_text="its first day, in UTC")
    removed_at = serializers.DateTimeField(allow_null=True)
    readings_removed = serializers.IntegerField(help_text="of those that the caller may see")
