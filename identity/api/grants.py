"""Grants of prefixes and pools of codes over HTTP: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import allotments, grant_ends, services, standings
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, GRANT_REASON_MAX, GrantState, ResourceClass, Role
from identity.filters import GrantFilter, PoolFilter
from identity.http.actors import actor_of
from identity.http.fields import (
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from identity.register_models import IdentifierGrant, Pool

OPERATORS = frozenset({Role.OPERATOR})
READ, WRITE = "resources:read", "resources:write"
REGIONS_MAX = 20


class GrantReply(serializers.ModelSerializer[IdentifierGrant]):
    """That a node lets somebody speak for a prefix, as it is said last."""

    organization_id = serializers.UUIDField(allow_null=True)
    counted_state = serializers.SerializerMethodField()
    limits = serializers.JSONField()

    class Meta:
        model = IdentifierGrant
        fields: ClassVar = (
            *("id", "profile", "prefix", "sequence", "level", "depth", "issuer", "subject_node"),
            *("organization_id", "name", "host", "rights", "limits", "parent_prefix"),
            *("not_before", "not_after", "state", "counted_state", "reason", "recorded_at"),
        )

    @extend_schema_field(
        serializers.ChoiceField(GrantState.choices, help_text="the grants above it counted")
    )
    def get_counted_state(self, found: Any) -> str:
        """Return how it stands below the others; lists have read it for a page at a time."""
        known = getattr(found, "counted_state", None)
        return str(known or standings.counted_grant_states([found])[found.pk])


class GrantMove(StrictSerializer):
    """What a grant is to become, and why; whoever is below it reads so."""

    state = serializers.ChoiceField(
        [each for each in GrantState.choices if each[0] != GrantState.ENDED]
    )
    reason = StrictCharField(max_length=GRANT_REASON_MAX)


class GrantEnd(StrictSerializer):
    """Why a grant is to end for good."""

    reason = StrictCharField(max_length=GRANT_REASON_MAX)


class PoolReply(serializers.ModelSerializer[Pool]):
    """A range of codes, and how much of it is given."""

    organization_id = serializers.UUIDField()

    class Meta:
        model = Pool
        fields: ClassVar = (
            *("id", "prefix", "profile", "organization_id", "name", "resources_max"),
            *("registered", "allotted_at"),
        )


class NewPool(StrictSerializer):
    """A pool to allot; with regions and classes it is for those alone."""

    organization_id = StrictUUIDField()
    name = StrictCharField(max_length=120)
    resources_max = StrictIntegerField(min_value=1)
    regions = serializers.ListField(
        child=StrictCharField(max_length=6),
        max_length=REGIONS_MAX,
        required=False,
        help_text="beginnings of GB/T 2260 codes",
    )
    classes = serializers.ListField(
        child=serializers.ChoiceField(ResourceClass.choices), max_length=3, required=False
    )


class GrantList(generics.ListAPIView[IdentifierGrant]):
    """Grants of prefixes, the latest first: one's own, or all for duties across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = GrantReply
    filterset_class = GrantFilter
    queryset = IdentifierGrant.objects.none()

    def get_queryset(self) -> QuerySet[IdentifierGrant]:
        """Return the grants that the actor may see."""
        return allotments.grants_for(actor_of(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, each grant with the state that counts; one statement more."""
        rows = super().paginate_queryset(queryset) or []
        standings.mark_grants(rows)
        return rows


class GrantDetail(APIView):
    """One grant."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=GrantReply)
    def get(self, request: Request, grant_id: UUID) -> Response:
        """Return what is granted now under its prefix."""
        return Response(GrantReply(allotments.grant_for(actor_of(request), grant_id)).data)


class GrantMoves(APIView):
    """The steps of a grant."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=GrantMove, responses=GrantReply)
    @idempotent
    def post(self, request: Request, grant_id: UUID) -> Response:
        """
        Suspend a grant, or let it hold again.

        Nothing below a suspended one is sold, registered or answered as active, from its commit on.
        """
        said = _read(GrantMove, request)
        moved = services.move_grant(
            grant_id=grant_id,
            state=GrantState(said["state"]),
            reason=said["reason"],
            now=clock.now(),
            by_id=actor_of(request).person_id,
        )
        return Response(GrantReply(moved).data)


class GrantRenewal(APIView):
    """Another life of a grant."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=None, responses=GrantReply)
    @idempotent
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Let a grant hold for another of its lives from now on."""
        renewed = services.renew_grant(
            grant_id=grant_id, now=clock.now(), by_id=actor_of(request).person_id
        )
        return Response(GrantReply(renewed).data)


class GrantEnding(APIView):
    """The end of a grant."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=GrantEnd, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Propose to end a grant for good; another operator's approval ends it at once."""
        actor = actor_of(request)
        made = grant_ends.propose_end(
            grant_id=grant_id,
            reason=_read(GrantEnd, request)["reason"],
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(made)


class PoolList(generics.ListAPIView[Pool]):
    """Pools of codes, the latest first: one's own, or all for duties across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = PoolReply
    filterset_class = PoolFilter
    queryset = Pool.objects.none()

    def get_queryset(self) -> QuerySet[Pool]:
        """Return the pools that the actor may see."""
        return allotments.pools_for(actor_of(self.request))

    @extend_schema(request=NewPool, responses={201: PoolReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Give an organisation its next pool, and its owner's code with the first."""
        said = _read(NewPool, request)
        limits = {name: said[name] for name in ("regions", "classes") if said.get(name)}
        made = services.allot_pool(
            organization_id=said["organization_id"],
            name=said["name"],
            resources_max=said["resources_max"],
            limits=limits,
            now=clock.now(),
            by_id=actor_of(request).person_id,
        )
        return Response(PoolReply(made).data, status=status.HTTP_201_CREATED)


def _read(form: type[StrictSerializer], request: Request) -> dict[str, Any]:
    read = form(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)
