"""What the API of changes reads and answers."""

from typing import Any

from rest_framework import serializers

from gateway.changes.contracts import (
    CODES_MAX,
    FEED_MAX,
    NAME_LENGTH_MAX,
    WAIT_SECONDS_MAX,
    ChangeKind,
    FollowedCodes,
)
from identity.contracts import ResourceClass, ResourceForm
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer


class FeedAsked(StrictSerializer):
    """From where on the feed is read, and what of it."""

    after = StrictIntegerField(min_value=0, max_value=2**53, default=0)
    limit = StrictIntegerField(min_value=1, max_value=FEED_MAX, default=100)
    wait = StrictIntegerField(min_value=0, max_value=WAIT_SECONDS_MAX, default=0)
    kind = serializers.ChoiceField(choices=ChangeKind.choices, default="")
    prefix = StrictCharField(max_length=96, default="")
    region = serializers.RegexField(r"^[0-9]{2,6}$", default="")
    resource_class = serializers.ChoiceField(choices=ResourceClass.choices, default="")


class RegisterChangeReply(serializers.Serializer[Any]):
    """Something that changed."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    code = serializers.CharField()
    region = serializers.CharField(allow_blank=True)
    resource_class = serializers.CharField(allow_blank=True)
    form = serializers.CharField(allow_blank=True)
    value = serializers.CharField(help_text="what it is now")
    digest = serializers.CharField(allow_blank=True, help_text="of the statement")
    at = serializers.DateTimeField()


class ChangeFeedReply(serializers.Serializer[Any]):
    """Changes in their order."""

    changes = RegisterChangeReply(many=True)
    next = serializers.IntegerField(help_text="what to ask `after` the next time")
    last = serializers.IntegerField(help_text="number of the newest change")


class NewSubscription(StrictSerializer):
    """What is to be followed: codes, what they begin with, or a facet; at least one of them."""

    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    codes = serializers.ListField(
        child=StrictCharField(max_length=96), default=list, max_length=CODES_MAX
    )
    prefix = StrictCharField(max_length=96, default="", allow_blank=True)
    region = serializers.RegexField(r"^[0-9]{2,6}$", default="", allow_blank=True)
    resource_class = serializers.ChoiceField(
        choices=ResourceClass.choices, default="", allow_blank=True
    )
    form = serializers.ChoiceField(choices=ResourceForm.choices, default="", allow_blank=True)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=ChangeKind.choices), default=list, max_length=20
    )

    def following(self) -> FollowedCodes:
        """Return what was asked for."""
        return FollowedCodes(**self.validated_data)


class SubscriptionReply(serializers.Serializer[Any]):
    """What an organisation follows, and what it was told last."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    codes = serializers.ListField(child=serializers.CharField())
    prefix = serializers.CharField(allow_blank=True)
    region = serializers.CharField(allow_blank=True)
    resource_class = serializers.CharField(allow_blank=True)
    form = serializers.CharField(allow_blank=True)
    kinds = serializers.ListField(child=serializers.CharField())
    after_number = serializers.IntegerField(help_text="where the feed was when it began")
    made_at = serializers.DateTimeField()
    told = serializers.IntegerField(help_text="changes so far")
    told_number = serializers.IntegerField(allow_null=True)
    told_at = serializers.DateTimeField(allow_null=True)
