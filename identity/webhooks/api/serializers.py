"""What the API of webhooks reads and answers."""

from typing import Any

from rest_framework import serializers

from common.outbound.contracts import URL_LENGTH_MAX
from identity.events.registry import NAME_LENGTH_MAX
from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from identity.webhooks.contracts import (
    DESCRIPTION_LENGTH_MAX,
    PREFIXES_MAX,
    DeliveryState,
    Disabled,
    EndpointState,
    Wish,
)


class NewEndpoint(StrictSerializer):
    """Where an organisation wants to be told what."""

    url = StrictCharField(max_length=URL_LENGTH_MAX, help_text="an `https://` address")
    description = StrictCharField(
        max_length=DESCRIPTION_LENGTH_MAX, required=False, default="", allow_blank=True
    )
    event_prefixes = serializers.ListField(
        child=StrictCharField(max_length=NAME_LENGTH_MAX),
        required=False,
        default=list,
        max_length=PREFIXES_MAX,
        help_text="names of events or what they begin with, such as `orders`; none: all",
    )

    def wish(self) -> Wish:
        """Return what was asked for."""
        values = self.validated_data
        return Wish(values["url"], values["description"], tuple(values["event_prefixes"]))


class EndpointSwitch(StrictSerializer):
    """Whether an endpoint is told anything."""

    is_enabled = serializers.BooleanField(help_text="false: it is paused")


class EndpointReply(serializers.Serializer[Any]):
    """An endpoint, without its secret."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_prefixes = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=EndpointState.choices)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="since it last took something")
    failing_since = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_for = serializers.ChoiceField(choices=Disabled.choices, allow_blank=True)
    replay_before = serializers.DateTimeField(
        allow_null=True, help_text="while a replay is at work: where it ends"
    )


class NewEndpointReply(EndpointReply):
    """An endpoint with its secret, which is never shown again."""

    secret = serializers.CharField()


class NewReplay(StrictSerializer):
    """From when on everything is told again."""

    since = MomentField()


class WebhookDeliveryReply(serializers.Serializer[Any]):
    """One event for one endpoint, and how far it is."""

    id = serializers.UUIDField()
    endpoint_id = serializers.UUIDField()
    event_id = serializers.UUIDField()
    event_name = serializers.CharField()
    object_kind = serializers.CharField()
    object_id = serializers.CharField()
    object_label = serializers.CharField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    needs_review = serializers.BooleanField(help_text="it waits for an operator")
    attempts = serializers.IntegerField(help_text="since it began to wait")
    next_attempt_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class WebhookAttemptReply(serializers.Serializer[Any]):
    """One try, and what came back."""

    id = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    duration_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(help_text="a code; empty: it was taken")
    reply = serializers.CharField(help_text="how the answer began")


class WebhookDeliveryDetailReply(WebhookDeliveryReply):
    """A delivery with what is sent."""

    body = serializers.CharField()
