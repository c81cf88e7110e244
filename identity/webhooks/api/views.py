"""Webhooks over HTTP. Where an organisation's events go is decided by its people, not by keys."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.webhooks import selectors, services
from identity.webhooks.api import serializers
from identity.webhooks.filters import WebhookDeliveryFilter
from identity.webhooks.models import Attempt, Delivery, Endpoint

NO_STORE = {"Cache-Control": "no-store"}


class WebhookEndpointList(generics.ListAPIView[Endpoint]):
    """Addresses that are told what concerns the organisation."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read"}
    serializer_class = serializers.EndpointReply
    queryset = Endpoint.objects.none()

    def get_queryset(self) -> QuerySet[Endpoint]:
        """Return the organisation's endpoints."""
        if getattr(self, "swagger_fake_view", False):
            return Endpoint.objects.none()
        return selectors.endpoints_of(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewEndpoint, responses={201: serializers.NewEndpointReply})
    def post(self, request: Request) -> Response:
        """Register an endpoint. The answer holds its secret, which is never shown again."""
        form = serializers.NewEndpoint(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        issued = services.create_endpoint(
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            wish=form.wish(),
            now=clock.now(),
        )
        reply = serializers.EndpointReply(issued.endpoint).data | {"secret": issued.secret}
        return Response(reply, status=status.HTTP_201_CREATED, headers=NO_STORE)


class WebhookEndpointDetail(APIView):
    """One endpoint."""

    required_roles: ClassVar = {
        "GET": ANY_MEMBER,
        "PUT": ANY_MEMBER,
        "PATCH": ANY_MEMBER,
        "DELETE": ANY_MEMBER,
    }
    required_scopes: ClassVar = {"GET": "webhooks:read"}

    @extend_schema(responses=serializers.EndpointReply)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Return the endpoint."""
        endpoint = selectors.endpoint_of(
            organization_id=actor_of(request).organization_id, endpoint_id=endpoint_id
        )
        return Response(serializers.EndpointReply(endpoint).data)

    @extend_schema(request=serializers.NewEndpoint, responses=serializers.EndpointReply)
    def put(self, request: Request, endpoint_id: UUID) -> Response:
        """Change where and what the endpoint is told; what waits goes to the new address."""
        form = serializers.NewEndpoint(data=request.data)
        form.is_valid(raise_exception=True)
        endpoint = services.change_endpoint(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            wish=form.wish(),
            now=clock.now(),
        )
        return Response(serializers.EndpointReply(endpoint).data)

    @extend_schema(request=serializers.EndpointSwitch, responses=serializers.EndpointReply)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Pause the endpoint, or enable it again; what happens while it is paused waits."""
        form = serializers.EndpointSwitch(data=request.data)
        form.is_valid(raise_exception=True)
        is_on = form.validated_data["is_enabled"]
        switch = services.enable_endpoint if is_on else services.pause_endpoint
        endpoint = switch(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            now=clock.now(),
        )
        return Response(serializers.EndpointReply(endpoint).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Remove the endpoint; what waits for it is given up."""
        services.remove_endpoint(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookSecret(APIView):
    """The secret of an endpoint."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}

    @extend_schema(request=None, responses={201: serializers.NewEndpointReply})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Replace the secret. The former one signs beside the new one for a while."""
        issued = services.rotate_secret(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            now=clock.now(),
        )
        reply = serializers.EndpointReply(issued.endpoint).data | {"secret": issued.secret}
        return Response(reply, status=status.HTTP_201_CREATED, headers=NO_STORE)


class WebhookTest(APIView):
    """Tests of an endpoint."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}
    required_scopes: ClassVar = {"POST": "webhooks:write"}

    @extend_schema(request=None, responses={202: serializers.WebhookDeliveryReply})
    @idempotent
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send the endpoint a delivery that means nothing."""
        delivery = services.send_test(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            now=clock.now(),
        )
        reply = serializers.WebhookDeliveryReply(delivery).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)


class WebhookReplay(APIView):
    """Replays of an endpoint."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}
    required_scopes: ClassVar = {"POST": "webhooks:write"}

    @extend_schema(request=serializers.NewReplay, responses={202: serializers.EndpointReply})
    @idempotent
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Tell the endpoint again what happened since a time, also what it was never told."""
        form = serializers.NewReplay(data=request.data)
        form.is_valid(raise_exception=True)
        endpoint = services.replay_since(
            organization_id=actor_of(request).organization_id,
            endpoint_id=endpoint_id,
            since=form.validated_data["since"],
            now=clock.now(),
        )
        reply = serializers.EndpointReply(endpoint).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)


class WebhookDeliveryList(generics.ListAPIView[Delivery]):
    """Deliveries of an endpoint."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read"}
    serializer_class = serializers.WebhookDeliveryReply
    filterset_class = WebhookDeliveryFilter
    queryset = Delivery.objects.none()

    def get_queryset(self) -> QuerySet[Delivery]:
        """Return the deliveries of an endpoint of the organisation."""
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        owner = actor_of(self.request).organization_id
        endpoint = selectors.endpoint_of(
            organization_id=owner, endpoint_id=self.kwargs["endpoint_id"]
        )
        return selectors.deliveries_of(organization_id=owner, endpoint_id=endpoint.pk)


class WebhookDeliveryDetail(APIView):
    """One delivery."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read"}

    @extend_schema(responses=serializers.WebhookDeliveryDetailReply)
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """Return the delivery with what is sent."""
        delivery = selectors.delivery_of(
            organization_id=actor_of(request).organization_id, delivery_id=delivery_id
        )
        return Response(serializers.WebhookDeliveryDetailReply(delivery).data)


class WebhookAttemptList(generics.ListAPIView[Attempt]):
    """Tries of a delivery."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read"}
    serializer_class = serializers.WebhookAttemptReply
    queryset = Attempt.objects.none()

    def get_queryset(self) -> QuerySet[Attempt]:
        """Return the tries of a delivery of the organisation."""
        if getattr(self, "swagger_fake_view", False):
            return Attempt.objects.none()
        owner = actor_of(self.request).organization_id
        return selectors.attempts_of(
            selectors.delivery_of(organization_id=owner, delivery_id=self.kwargs["delivery_id"])
        )


class WebhookDeliveryReplay(APIView):
    """Replays of a delivery."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}
    required_scopes: ClassVar = {"POST": "webhooks:write"}

    @extend_schema(request=None, responses={202: serializers.WebhookDeliveryReply})
    @idempotent
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Send the delivery again, under its old name."""
        delivery = services.replay_delivery(
            organization_id=actor_of(request).organization_id,
            delivery_id=delivery_id,
            now=clock.now(),
        )
        reply = serializers.WebhookDeliveryReply(delivery).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)
