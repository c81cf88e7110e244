"""Control and shareholding between organisations, over HTTP."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import relations, services
from identity.contracts import ANY_MEMBER, Role, TieKind
from identity.filters import TieFilter
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictDecimalField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.models import OrganizationTie

REGISTRARS = frozenset({Role.OPERATOR})
READ, WRITE = "organization-ties:read", "organization-ties:write"


class TieReply(serializers.ModelSerializer[OrganizationTie]):
    """That one organisation controls another, or holds a share of it."""

    holder_id = serializers.UUIDField()
    held_id = serializers.UUIDField()
    holder_name = serializers.CharField(source="holder.name")
    held_name = serializers.CharField(source="held.name")

    class Meta:
        model = OrganizationTie
        fields = (
            *("id", "kind", "holder_id", "holder_name", "held_id", "held_name", "share"),
            *("valid_from", "valid_to", "source", "recorded_at"),
        )


class NewTie(StrictSerializer):
    """A tie to record."""

    holder_id = StrictUUIDField()
    held_id = StrictUUIDField()
    kind = serializers.ChoiceField(TieKind.choices)
    share = StrictDecimalField(
        max_digits=9, decimal_places=8, required=False, help_text="0.25 is a quarter"
    )
    valid_from = DayField()
    valid_to = DayField(required=False, allow_null=True, help_text="exclusive")
    source = StrictCharField(  # type: ignore[assignment] # Also an attribute of every field.
        max_length=200, help_text="where it is known from"
    )


class TieEnd(StrictSerializer):
    """The end of a tie."""

    valid_to = DayField(help_text="the first day on which it is over")


class TieList(generics.ListAPIView[OrganizationTie]):
    """Ties between organisations: one's own, or all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": REGISTRARS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = TieReply
    filterset_class = TieFilter
    queryset = OrganizationTie.objects.none()

    def get_queryset(self) -> QuerySet[OrganizationTie]:
        """Return the ties that the actor may see."""
        return relations.ties_for(actor_of(self.request))

    @extend_schema(request=NewTie, responses={201: TieReply})
    def post(self, request: Request) -> Response:
        """Record a tie. The same one for the same time is refused, so it is safe to repeat."""
        form = NewTie(data=request.data)
        form.is_valid(raise_exception=True)
        tie = services.record_tie(
            recorded_by_id=actor_of(request).person_id, now=clock.now(), **form.validated_data
        )
        return Response(TieReply(tie).data, status=status.HTTP_201_CREATED)


class EndTie(APIView):
    """The end of a tie."""

    required_roles: ClassVar = {"POST": REGISTRARS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=TieEnd, responses=TieReply)
    def post(self, request: Request, tie_id: UUID) -> Response:
        """Let the tie end on a day; what was recorded stays."""
        form = TieEnd(data=request.data)
        form.is_valid(raise_exception=True)
        tie = services.end_tie(
            tie_id=tie_id,
            on=form.validated_data["valid_to"],
            ended_by_id=actor_of(request).person_id,
        )
        return Response(TieReply(tie).data)
