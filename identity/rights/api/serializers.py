"""What the API of people's rights and of incidents reads and answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from identity.http.fields import MomentField, StrictCharField, StrictIntegerField, StrictSerializer
from identity.rights.contracts import (
    REASON_MAX,
    TEXT_MAX,
    TITLE_MAX,
    IncidentNature,
    Severity,
    TimelineKind,
)
from identity.rights.models import Erasure, ErasureRequest, Incident, OwnExport, TimelineEntry

PEOPLE_MAX = 10_000_000


class OwnExportReply(serializers.ModelSerializer[OwnExport]):
    """An export of one's own data."""

    class Meta:
        model = OwnExport
        fields: ClassVar = ("id", "state", "asked_at", "ready_at", "expires_at", "digest")


class ErasureReply(serializers.ModelSerializer[Erasure]):
    """That a person was erased: the number is left, and how many rows went."""

    person_id = serializers.IntegerField(source="user_id")
    removed = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = Erasure
        fields: ClassVar = ("id", "person_id", "reason", "erased_at", "removed")


class ErasureRequestReply(serializers.ModelSerializer[ErasureRequest]):
    """That a person asked to be erased, and what became of it."""

    person_id = serializers.IntegerField(source="user_id")

    class Meta:
        model = ErasureRequest
        fields: ClassVar = ("id", "person_id", "words", "asked_at", "state", "over_at", "answer")


class NewErasureRequest(StrictSerializer):
    """What a person wants to say with it; nothing is needed."""

    words = StrictCharField(max_length=REASON_MAX, required=False, allow_blank=True, default="")


class ErasureAnswer(StrictSerializer):
    """Why a person is not erased; the person reads it."""

    reason = StrictCharField(max_length=REASON_MAX)


class NewErasure(StrictSerializer):
    """Whom to erase, by number or address, and why."""

    person = StrictCharField(max_length=254)
    reason = StrictCharField(max_length=REASON_MAX)


class DutyReply(serializers.Serializer[Any]):
    """Who has to be told of an incident, and by when."""

    kind = serializers.ChoiceField(TimelineKind.choices)
    by = serializers.DateTimeField()
    told_at = serializers.DateTimeField(allow_null=True)


class TimelineEntryReply(serializers.ModelSerializer[TimelineEntry]):
    """What was done about an incident."""

    entered_by_id = serializers.IntegerField()

    class Meta:
        model = TimelineEntry
        fields: ClassVar = ("id", "kind", "text", "happened_at", "entered_at", "entered_by_id")


class IncidentReply(serializers.ModelSerializer[Incident]):
    """An incident."""

    class Meta:
        model = Incident
        fields: ClassVar[tuple[str, ...]] = (
            "id", "title", "nature", "severity", "noticed_at", "reported_at", "people_affected",
            "closed_at", "lesson", "is_published",
        )  # fmt: skip


class IncidentDetailReply(IncidentReply):
    """An incident with who is told by when, and what was done."""

    duties = DutyReply(many=True)
    timeline = TimelineEntryReply(many=True)

    class Meta(IncidentReply.Meta):
        fields: ClassVar[tuple[str, ...]] = (*IncidentReply.Meta.fields, "duties", "timeline")


class NewIncident(StrictSerializer):
    """What happened to data."""

    title = StrictCharField(max_length=TITLE_MAX)
    nature = serializers.ChoiceField(IncidentNature.choices)
    severity = serializers.ChoiceField(Severity.choices)
    noticed_at = MomentField()
    people_affected = StrictIntegerField(min_value=0, max_value=PEOPLE_MAX, default=0)
    text = StrictCharField(max_length=TEXT_MAX)


class NewTimelineEntry(StrictSerializer):
    """What was done about it; a severity where it is rated anew."""

    kind = serializers.ChoiceField(TimelineKind.choices)
    text = StrictCharField(max_length=TEXT_MAX)
    happened_at = MomentField()
    severity = serializers.ChoiceField(Severity.choices, required=False, allow_null=True)


class IncidentLesson(StrictSerializer):
    """What was learnt, and whether the incident counts in public."""

    lesson = StrictCharField(max_length=TEXT_MAX)
    is_published = serializers.BooleanField()


class PublishedIncidents(serializers.Serializer[Any]):
    """How many incidents of the last year were published."""

    count = serializers.IntegerField()
