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
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.fulfilment import handover_keys, handover_selectors, selectors, services
from marketplace.fulfilment.api.views import READ, READERS, WRITE
from marketplace.fulfilment.handover_contracts import (
    ENDPOINT_LENGTH_MAX,
    KEY_NAME_LENGTH_MAX,
    SEALED_LENGTH_MAX,
    SSH_LENGTH_MAX,
    HandoverKeyKind,
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
    """Whom to let in, and the key to seal secrets to; the latest request counts."""

    sequence = serializers.IntegerField()
    sealing_key = serializers.CharField(allow_blank=True)
    sealing_fingerprint = serializers.CharField(allow_blank=True)
    ssh_keys = serializers.ListField(child=serializers.CharField())
    asked_at = serializers.DateTimeField()


class HandoverReply(serializers.Serializer[Any]):
    """What was handed over; what was sealed is not part of it."""

    sequence = serializers.IntegerField()
    request = serializers.IntegerField(source="request.sequence", help_text="its sequence")
    endpoint = serializers.CharField(allow_blank=True)
    has_secret = serializers.BooleanField()
    sealed_digest = serializers.CharField(allow_blank=True)
    handed_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)
    erased_because = serializers.CharField(allow_blank=True)


class AccessReply(serializers.Serializer[Any]):
    """The access to a delivery: asked for, and handed over; the latest first."""

    requests = AccessRequestReply(many=True)
    handovers = HandoverReply(many=True)


class NewAccessRequest(StrictSerializer):
    """Ask for access, or for other access, with the keys as they are now."""

    sealing_key_id = StrictUUIDField(required=False, allow_null=True, default=None)


class NewHandover(StrictSerializer):
    """Access to hand over: an endpoint that both sides read, a secret sealed to the buyer."""

    request = StrictIntegerField(min_value=1, help_text="the sequence of what is answered")
    endpoint = StrictCharField(
        max_length=ENDPOINT_LENGTH_MAX, required=False, allow_blank=True, default=""
    )
    sealed = StrictCharField(
        max_length=SEALED_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="HPKE (RFC 9180): X25519, HKDF-SHA256, AES-256-GCM; key and secret in base64url",
    )


class SecretReply(serializers.Serializer[Any]):
    """A sealed secret, and what it is bound to; only the buyer's private key opens it."""

    request = serializers.IntegerField()
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
        actor = actor_of(request)
        found = selectors.delivery(order_delivery_id, actor=actor)
        is_party = actor.organization_id in (found.buyer_id, found.provider_id)
        return Response(_access(order_delivery_id, is_party=is_party))

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
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(_access(order_delivery_id))


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
            endpoint=said["endpoint"],
            sealed=said["sealed"],
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
            "info": handover_keys.sealed_for(order_delivery_id, sequence),
            "sealed": found.sealed,
        }
        return Response(SecretReply(said).data, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, order_delivery_id: UUID) -> Response:
        """Erase a secret that was taken."""
        buyer = actor_of(request).organization_id
        services.forget_secret(delivery_id=order_delivery_id, buyer_id=buyer, now=clock.now())
        return Response(status=204)


def _access(delivery_id: UUID, *, is_party: bool = True) -> dict[str, Any]:
    handed = HandoverReply(handover_selectors.handovers_of(delivery_id), many=True).data
    return {
        "requests": AccessRequestReply(
            handover_selectors.access_requests_of(delivery_id), many=True
        ).data,
        "handovers": handed if is_party else [dict(each) | {"endpoint": ""} for each in handed],
    }
