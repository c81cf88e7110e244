"""Access over the API: keys of buyers, what is asked for, what was handed over, the secret."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.fulfilment import handover_keys, handover_selectors, rules, selectors, services
from marketplace.fulfilment.api.views import READ, READERS, WRITE
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    ENDPOINT_LENGTH_MAX,
    KEY_HINT_LENGTH,
    KEY_NAME_LENGTH_MAX,
    REQUESTS_A_MINUTE_MAX,
    SCOPE_LENGTH_MAX,
    SCOPES_MAX,
    SEALED_LENGTH_MAX,
    SSH_LENGTH_MAX,
    AccessKind,
    AccessWay,
    HandoverKeyKind,
    RenewalReason,
    ScopedKey,
)
from marketplace.fulfilment.models import HandoverKey

BUYERS = frozenset({Role.BUYER})


class HandoverKeyReply(serializers.ModelSerializer[HandoverKey]):
    """A public key of the organisation."""

    class Meta:
        model = HandoverKey
        fields = ("id", "kind", "name", "public_key", "fingerprint", "added_at", "withdrawn_at")


class NewHandoverKey(StrictSerializer):
    """A public key to add; never a private one."""

    kind = serializers.ChoiceField(HandoverKeyKind.choices)
    name = StrictCharField(max_length=KEY_NAME_LENGTH_MAX)
    public_key = StrictCharField(
        max_length=SSH_LENGTH_MAX,
        help_text="SSH: an authorized_keys line without options; SEAL: 32 bytes in base64",
    )


class AccessRequestReply(serializers.Serializer[Any]):
    """Whom to let in, and the key to seal to; the latest request counts."""

    sequence = serializers.IntegerField()
    sealing_key = serializers.CharField(allow_blank=True)
    sealing_fingerprint = serializers.CharField(allow_blank=True)
    ssh_keys = serializers.ListField(child=serializers.CharField())
    way = serializers.ChoiceField(AccessWay.choices, help_text="how the endpoint comes")
    reason = serializers.ChoiceField(RenewalReason.choices, allow_blank=True)
    asked_at = serializers.DateTimeField()


class HandoverReply(serializers.Serializer[Any]):
    """What was handed over; what was sealed is not part of it."""

    sequence = serializers.IntegerField()
    request = serializers.IntegerField(source="request.sequence", help_text="its sequence")
    kind = serializers.ChoiceField(AccessKind.choices, allow_blank=True)
    endpoint = serializers.CharField(
        allow_blank=True, help_text="where the buyer wanted it in the open, until it is over"
    )
    has_secret = serializers.BooleanField(help_text="whether something was sealed")
    format = serializers.IntegerField(
        help_text="of what was sealed: 1 is a secret alone, 2 a document with the endpoint"
    )
    sealed_digest = serializers.CharField(allow_blank=True)
    scopes = serializers.ListField(child=serializers.CharField(), help_text="of a key; none: all")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="of a key")
    requests_a_minute = serializers.IntegerField(allow_null=True)
    key_hint = serializers.CharField(allow_blank=True, help_text="its last four characters")
    former_until = serializers.DateTimeField(
        allow_null=True, help_text="until when the key before it counts; null: not any more"
    )
    handed_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)
    erased_because = serializers.CharField(allow_blank=True)


class AccessReply(serializers.Serializer[Any]):
    """The access to a delivery: asked for, and handed over; the latest first."""

    waits_for_key_since = serializers.DateTimeField(
        allow_null=True, help_text="since when its provider waits for a key of the buyer"
    )
    requests = AccessRequestReply(many=True)
    handovers = HandoverReply(many=True)


class NewAccessRequest(StrictSerializer):
    """Ask for access, or for other access, with the keys as they are now."""

    sealing_key_id = StrictUUIDField(required=False, allow_null=True, default=None)
    is_plain = serializers.BooleanField(
        required=False,
        default=False,
        help_text="the endpoint may come in the open; without a sealing key, too",
    )
    reason = serializers.ChoiceField(
        RenewalReason.choices, required=False, allow_blank=True, default=""
    )


class NewScopedKey(StrictSerializer):
    """What is said in the open of a key for an interface; the key itself is sealed."""

    scopes = serializers.ListField(
        child=StrictCharField(max_length=SCOPE_LENGTH_MAX),
        required=False,
        default=list,
        max_length=SCOPES_MAX,
        help_text="small letters, digits and : . _ -; none: all that was ordered",
    )
    expires_at = MomentField(required=False, allow_null=True, default=None)
    requests_a_minute = StrictIntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=REQUESTS_A_MINUTE_MAX,
    )
    hint = StrictCharField(required=False, allow_blank=True, default="", max_length=KEY_HINT_LENGTH)
    former_until = MomentField(
        required=False,
        allow_null=True,
        default=None,
        help_text="until when the former key counts, 24 hours at most; none: not any more",
    )


class NewHandover(StrictSerializer):
    """Access to hand over: endpoint and secret, sealed to the buyer in one document."""

    request = StrictIntegerField(min_value=1, help_text="the sequence of what is answered")
    format = StrictIntegerField(
        required=False,
        default=BARE_FORMAT,
        help_text="of what is sealed: 2 is a document with the endpoint, 1 a secret alone",
    )
    kind = serializers.ChoiceField(AccessKind.choices, required=False, default=None)
    endpoint = StrictCharField(
        max_length=ENDPOINT_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="in the open, only where the buyer asked for it so",
    )
    sealed = StrictCharField(
        max_length=SEALED_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="HPKE (RFC 9180): X25519, HKDF-SHA256, AES-256-GCM; key and secret in base64url",
    )
    key = NewScopedKey(required=False, allow_null=True, default=None)


class SecretReply(serializers.Serializer[Any]):
    """A sealed secret, and what it is bound to; only the buyer's private key opens it."""

    request = serializers.IntegerField()
    format = serializers.IntegerField()
    info = serializers.CharField()
    sealed = serializers.CharField()


class HandoverKeyList(generics.ListAPIView[HandoverKey]):
    """The public keys with which an organisation asks for access."""

    required_roles: ClassVar = {"GET": BUYERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = HandoverKeyReply
    queryset = HandoverKey.objects.none()

    def get_queryset(self) -> QuerySet[HandoverKey]:
        """Return the keys of the actor's organisation, the newest first."""
        return handover_selectors.handover_keys_for(actor_of(self.request))

    @extend_schema(request=NewHandoverKey, responses={201: HandoverKeyReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a public key."""
        form = NewHandoverKey(data=request.data)
        form.is_valid(raise_exception=True)
        said, actor = form.validated_data, actor_of(request)
        made = services.add_handover_key(
            organization_id=actor.organization_id,
            kind=HandoverKeyKind(said["kind"]),
            name=said["name"],
            public_key=said["public_key"],
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(HandoverKeyReply(made).data, status=201)


class HandoverKeyWithdrawal(APIView):
    """A key that is asked for no longer."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=HandoverKeyReply)
    def post(self, request: Request, handover_key_id: UUID) -> Response:
        """Withdraw a key."""
        found = services.withdraw_handover_key(
            key_id=handover_key_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(HandoverKeyReply(found).data)


class DeliveryAccess(APIView):
    """What access to a delivery is asked for, and what was handed over."""

    required_roles: ClassVar = {"GET": READERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(responses=AccessReply)
    def get(self, request: Request, order_delivery_id: UUID) -> Response:
        """Return what is asked for and handed over; no secrets, and endpoints to its parties."""
        return Response(_access(request, order_delivery_id))

    @extend_schema(request=NewAccessRequest, responses=AccessReply)
    @idempotent
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Ask for access, or for other access; what was handed over before is withdrawn."""
        form = NewAccessRequest(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.ask_access(
            delivery_id=order_delivery_id,
            buyer_id=actor.organization_id,
            sealing_key_id=form.validated_data["sealing_key_id"],
            is_plain=form.validated_data["is_plain"],
            reason=RenewalReason(form.validated_data["reason"]),
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(_access(request, order_delivery_id))


class DeliveryHandovers(APIView):
    """Access that a provider hands over."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewHandover, responses={201: HandoverReply})
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Hand access over; sent again with the same words, it changes nothing."""
        form = NewHandover(data=request.data)
        form.is_valid(raise_exception=True)
        said, actor = form.validated_data, actor_of(request)
        made = services.hand_over(
            delivery_id=order_delivery_id,
            provider_id=actor.organization_id,
            request=said["request"],
            sealed=said["sealed"],
            sealed_format=said["format"],
            kind=AccessKind(said["kind"]) if said["kind"] else None,
            endpoint=said["endpoint"],
            key=ScopedKey(**said["key"]) if said["key"] is not None else None,
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(HandoverReply(made).data, status=201)


class DeliverySecret(APIView):
    """The sealed secret of a delivery, for its buyer, until an hour after it was first taken."""

    required_roles: ClassVar = {"POST": BUYERS, "DELETE": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE, "DELETE": WRITE}

    @extend_schema(request=None, responses=SecretReply)
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Take the secret."""
        actor = actor_of(request)
        found = services.take_over(
            delivery_id=order_delivery_id,
            buyer_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
        )
        sequence = found.request.sequence
        said = {
            "request": sequence,
            "format": found.format,
            "info": handover_keys.sealed_for(
                order_delivery_id, sequence, sealed_format=found.format
            ),
            "sealed": found.sealed,
        }
        return Response(SecretReply(said).data, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, order_delivery_id: UUID) -> Response:
        """Erase a secret that was taken."""
        buyer = actor_of(request).organization_id
        services.forget_secret(delivery_id=order_delivery_id, buyer_id=buyer, now=clock.now())
        return Response(status=204)


class DeliveryKeyWaiting(APIView):
    """A provider that waits for a key of the buyer: its clock stands still."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=AccessReply)
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Say that access waits for a key; said again, it changes nothing."""
        services.want_key(
            delivery_id=order_delivery_id,
            provider_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(_access(request, order_delivery_id))


def _access(request: Request, delivery_id: UUID) -> dict[str, Any]:
    actor = actor_of(request)
    found = selectors.delivery(delivery_id, actor=actor)
    is_party = actor.organization_id in (found.buyer_id, found.provider_id)
    is_shown = is_party and found.state not in rules.OVER
    asked = handover_selectors.access_requests_of(delivery_id)
    handed = HandoverReply(handover_selectors.handovers_of(delivery_id), many=True).data
    return {
        "waits_for_key_since": found.key_wanted_at if not asked else None,
        "requests": AccessRequestReply(asked, many=True).data,
        "handovers": handed if is_shown else [dict(each) | {"endpoint": ""} for each in handed],
    }
