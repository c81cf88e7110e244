"""Payments of an organisation over the API: permission, parse, one call, answer."""

from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotency_key, idempotent
from identity.http.recent import require_recent_sign_in
from marketplace.payments import channels, references, selectors, services
from marketplace.payments.api import serializers
from marketplace.payments.contracts import PayChannel
from marketplace.payments.models import Movement, PaymentSource
from marketplace.payments.selectors.filters import MovementFilter

BUYERS = frozenset({Role.BUYER})
WATCHERS = frozenset({Role.FINANCE, Role.OPERATOR, Role.AUDITOR})
OWNERS = BUYERS | {Role.PROVIDER}


def _whose(actor: Actor) -> UUID | None:
    """Return whose movements an actor sees: its own, or all with a duty across the market."""
    return None if actor.has_role(*WATCHERS) else actor.organization_id


class MovementList(generics.ListAPIView[Movement]):
    """Movements of money: an organisation's own, or all to those with a duty for them."""

    required_roles: ClassVar = {"GET": OWNERS | WATCHERS}
    required_scopes: ClassVar = {"GET": "payments:read"}
    serializer_class = serializers.MovementReply
    filterset_class = MovementFilter
    queryset = Movement.objects.none()

    def get_queryset(self) -> QuerySet[Movement]:
        """Return what the actor may see."""
        return selectors.movements(organization_id=_whose(actor_of(self.request)))


class MovementDetail(APIView):
    """One movement of money."""

    required_roles: ClassVar = {"GET": OWNERS | WATCHERS}
    required_scopes: ClassVar = {"GET": "payments:read"}

    @extend_schema(responses=serializers.MovementReply)
    def get(self, request: Request, movement_id: UUID) -> Response:
        """Return the movement."""
        found = selectors.movement(movement_id, organization_id=_whose(actor_of(request)))
        return Response(serializers.MovementReply(found).data)


class PaymentDetails(APIView):
    """How the actor's organisation pays in."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": "payments:read"}

    @extend_schema(responses=serializers.PaymentDetailsReply)
    def get(self, request: Request) -> Response:
        """Return the payment reference and the market's bank details."""
        organization = identity_selectors.organization(actor_of(request).organization_id)
        found = {
            "reference": references.of(organization.uscc),
            "bank_holder": settings.PAYMENTS_BANK_HOLDER or settings.SITE_NAME,
            "bank_name": settings.PAYMENTS_BANK_NAME,
            "bank_account": settings.PAYMENTS_BANK_ACCOUNT,
            "takes_cards": channels.channel(PayChannel.STRIPE) is not None,
            "is_test": bool(settings.STRIPE_API_BASE),
        }
        return Response(serializers.PaymentDetailsReply(found).data)


class SourceList(generics.ListAPIView[PaymentSource]):
    """What the actor's organisation paid in by, and something of which may go back."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": "payments:read"}
    serializer_class = serializers.PaymentSourceReply
    queryset = PaymentSource.objects.none()

    def get_queryset(self) -> QuerySet[PaymentSource]:
        """Return the organisation's own."""
        return selectors.sources(organization_id=actor_of(self.request).organization_id)


class TopUps(APIView):
    """Paying in by card or wallet."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": "payments:write"}

    @extend_schema(request=serializers.NewTopUp, responses={201: serializers.MovementReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a page of payment; `address` of the movement names it within seconds."""
        form = serializers.NewTopUp(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.top_up(
            organization_id=actor.organization_id,
            key=_key(request),
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.MovementReply(made).data, status=status.HTTP_201_CREATED)


class Refunds(APIView):
    """Money goes back to what it came by. Persons ask for it; programs may not."""

    required_roles: ClassVar = {"POST": BUYERS}

    @extend_schema(request=serializers.NewRefund, responses={202: serializers.MovementReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Ask for money back: it is held at once, and goes once finance approves.

        Whoever asks has signed in, or confirmed it, a short time ago.
        """
        require_recent_sign_in(request)
        form = serializers.NewRefund(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.ask_refund(
            key=_key(request),
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        reply = serializers.MovementReply(made)
        return Response(reply.data, status=status.HTTP_202_ACCEPTED)


def _key(request: Request) -> str:
    """Return a movement's key for a request's: as long as movements keep, and never a page's."""
    return f"api:{sha256(idempotency_key(request).encode()).hexdigest()}"
