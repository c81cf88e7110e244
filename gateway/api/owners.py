"""Owners' own keys over HTTP, and the texts that wait for an owner's signature."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway import selectors, services
from gateway.contracts import KeyCustody, own_code
from gateway.rules import owners
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent

PROVIDERS = frozenset({Role.PROVIDER})
SIGNATURES_MAX = 200


class NewOwnerKey(StrictSerializer):
    """A public key of the owner's own, and a signature by it."""

    public_key = StrictCharField(max_length=44, help_text="Ed25519, 32 bytes in base64")
    proof = StrictCharField(
        max_length=88,
        help_text="its signature, in base64, over the three lines"
        " suanpan-owner-key/1, the owner's name and the key",
    )


class OwnerKeyReply(serializers.Serializer[Any]):
    """A key that an owner signs with."""

    id = serializers.UUIDField()
    public_key = serializers.CharField()
    custody = serializers.ChoiceField(KeyCustody.choices)
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class OwnerKeysReply(serializers.Serializer[Any]):
    """What an owner signs as, and its keys."""

    owner = serializers.CharField()
    keys = OwnerKeyReply(many=True)


class OwnerTextReply(serializers.Serializer[Any]):
    """A text that waits for its owner's signature, byte for byte."""

    digest = serializers.CharField()
    type = serializers.CharField()
    subject = serializers.CharField(help_text="the code that it is about")
    text = serializers.CharField()


class OwnerTextsReply(serializers.Serializer[Any]):
    """Texts that wait; ask behind the last digest for more."""

    texts = OwnerTextReply(many=True)


class OwnerSignature(StrictSerializer):
    """A signature under a text."""

    digest = StrictCharField(max_length=71)
    signature = StrictCharField(max_length=88, help_text="64 bytes in base64")


class OwnerSignatures(StrictSerializer):
    """Signatures under texts that wait."""

    signatures = serializers.ListField(
        child=OwnerSignature(), allow_empty=False, max_length=SIGNATURES_MAX
    )


class OwnerSignaturesReply(serializers.Serializer[Any]):
    """How many were new."""

    kept = serializers.IntegerField()


def _key(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "public_key": owners.encoded(bytes(row.public_key)),
        "custody": row.custody,
        "begun_at": row.begun_at,
        "ended_at": row.ended_at,
    }


class OwnerKeys(APIView):
    """The keys that the provider signs what it registers with."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "resources:read"}

    @extend_schema(operation_id="gateway_owner_keys", responses=OwnerKeysReply)
    def get(self, request: Request) -> Response:
        """Return what the owner signs as, and its keys, the newest first."""
        owner_id = actor_of(request).organization_id
        told = {
            "owner": owners.owner_name(own_code(), owner_id),
            "keys": [_key(row) for row in selectors.owner_keys(owner_id)],
        }
        return Response(OwnerKeysReply(told).data)

    @extend_schema(
        operation_id="gateway_owner_key_add", request=NewOwnerKey, responses={201: OwnerKeyReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Take a key of the owner's own: from then on the node signs for it no more."""
        form = NewOwnerKey(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.add_owner_key(
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(OwnerKeyReply(_key(made)).data, status=status.HTTP_201_CREATED)


class OwnerKeyDetail(APIView):
    """A key of the owner's own."""

    required_roles: ClassVar = {"DELETE": PROVIDERS}

    @extend_schema(operation_id="gateway_owner_key_end", responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        """End it: nothing that it signs later counts."""
        services.end_owner_key(
            organization_id=actor_of(request).organization_id, key_id=key_id, now=clock.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnerTexts(APIView):
    """Records and renames that wait for their owner's own signature."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "resources:read", "POST": "resources:write"}

    @extend_schema(
        operation_id="gateway_owner_texts",
        responses=OwnerTextsReply,
        parameters=[OpenApiParameter("after", str, description="A digest: what is behind it.")],
    )
    def get(self, request: Request) -> Response:
        """Return up to 200 texts by their digest."""
        waiting = selectors.waiting_for_owner(
            actor_of(request).organization_id, after=request.query_params.get("after", "")[:71]
        )
        return Response(OwnerTextsReply({"texts": waiting}).data)

    @extend_schema(
        operation_id="gateway_owner_sign", request=OwnerSignatures, responses=OwnerSignaturesReply
    )
    def post(self, request: Request) -> Response:
        """Keep the owner's signatures; the same again is no matter, one bad refuses all."""
        form = OwnerSignatures(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data["signatures"]
        kept = services.sign_as_owner(
            organization_id=actor_of(request).organization_id,
            signatures=[(each["digest"], each["signature"]) for each in given],
            now=clock.now(),
        )
        return Response({"kept": kept})
