"""What the API of names and places reads and answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from identity.http.fields import DayField, StrictCharField, StrictSerializer
from identity.particulars.contracts import NAME_MAX, TEXT_MAX, PlaceKind
from identity.particulars.models import FormerName, Place


class FormerNameReply(serializers.ModelSerializer[FormerName]):
    """What an organisation was called from a moment on."""

    class Meta:
        model = FormerName
        fields: ClassVar = ("name", "name_en", "since")


class PlaceReply(serializers.ModelSerializer[Place]):
    """An address or a branch."""

    class Meta:
        model = Place
        fields: ClassVar = (
            "id", "kind", "name", "name_en", "address", "address_en", "region", "valid_from",
            "valid_to", "recorded_at",
        )  # fmt: skip


class ParticularsReply(serializers.Serializer[Any]):
    """What an organisation was called, and where it is."""

    names = FormerNameReply(many=True)
    places = PlaceReply(many=True)


class NewPlace(StrictSerializer):
    """An address, or a branch, from a day on."""

    kind = serializers.ChoiceField(PlaceKind.choices)
    name = StrictCharField(max_length=NAME_MAX, required=False, allow_blank=True)
    name_en = StrictCharField(max_length=NAME_MAX, required=False, allow_blank=True)
    address = StrictCharField(max_length=TEXT_MAX)
    address_en = StrictCharField(max_length=TEXT_MAX, required=False, allow_blank=True)
    region = StrictCharField(max_length=6, required=False, allow_blank=True)
    valid_from = DayField()


class PlaceEnd(StrictSerializer):
    """The first day on which it is none any more."""

    valid_to = DayField()
