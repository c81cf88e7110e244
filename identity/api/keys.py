"""Keys that live on: new secrets, the end of all, and personal access tokens."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors, services
from identity.api import serializers
from identity.api.scopes import require_known_scopes
from identity.contracts import ANY_MEMBER, KeyKind
from identity.http.actors import actor_of
from identity.models import ApiKey
from identity.services import IssuedKey


def with_secret(issued: IssuedKey) -> Response:
    """Return the only answer that shows a key's secret; nobody keeps it on the way."""
    reply = serializers.ApiKeyReply(issued.key).data | {"secret": issued.secret}
    return Response(reply, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class ApiKeyRotation(APIView):
    """A new secret for a key."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}
    kind = KeyKind.ORGANIZATION

    @extend_schema(request=serializers.KeyRotation, responses={201: serializers.NewApiKeyReply})
    def post(self, request: Request, key_id: UUID) -> Response:
        """Make the next secret; the former one is good until the moment that is stated."""
        form = serializers.KeyRotation(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        issued = services.rotate_api_key(
            organization_id=actor.organization_id,
            key_id=key_id,
            person_id=actor.person_id,
            now=clock.now(),
            kind=self.kind,
            **form.validated_data,
        )
        return with_secret(issued)


class ApiKeyRevocation(APIView):
    """The end of all keys."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}

    @extend_schema(request=None, responses=serializers.RevokedKeys)
    def post(self, request: Request) -> Response:
        """Revoke every key of the organisation at once."""
        count = services.revoke_all_keys(
            organization_id=actor_of(request).organization_id, now=clock.now()
        )
        return Response(serializers.RevokedKeys({"revoked": count}).data)


class TokenList(generics.ListAPIView[ApiKey]):
    """The actor's own access tokens in the organisation. Only a person makes and sees them."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    serializer_class = serializers.ApiKeyReply
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> QuerySet[ApiKey]:
        """Return the actor's own tokens."""
        actor = actor_of(self.request)
        return selectors.personal_tokens(
            person_id=actor.person_id, organization_id=actor.organization_id
        )

    @extend_schema(request=serializers.NewToken, responses={201: serializers.NewApiKeyReply})
    def post(self, request: Request) -> Response:
        """Make a token. The answer holds its secret, which is never shown again."""
        actor = actor_of(request)
        form = serializers.NewToken(data=request.data)
        form.is_valid(raise_exception=True)
        require_known_scopes(form.validated_data["scopes"])
        issued = services.create_api_key(
            organization_id=actor.organization_id,
            created_by=actor.person_id,
            roles=actor.roles,
            now=clock.now(),
            kind=KeyKind.PERSONAL,
            **form.validated_data,
        )
        return with_secret(issued)


class TokenDetail(APIView):
    """One personal access token."""

    required_roles: ClassVar = {"DELETE": ANY_MEMBER}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke the token at once."""
        actor = actor_of(request)
        services.revoke_api_key(
            organization_id=actor.organization_id,
            key_id=token_id,
            owner_id=actor.person_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
