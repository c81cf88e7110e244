"""Requests for pools of codes over HTTP: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import pool_requests
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import PoolRequestState, ResourceClass, Role
from identity.filters import PoolRequestFilter
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.idempotency import idempotent
from identity.pool_requests import NAME_MAX, REASON_MAX, REGIONS_MAX, PoolWish
from identity.register_models import PoolRequest

PROVIDERS = frozenset({Role.PROVIDER})
OPERATORS = frozenset({Role.OPERATOR})
READERS = PROVIDERS | pool_requests.READERS


class NewPoolRequest(StrictSerializer):
    """A pool that is asked for, and what for; with regions and classes it is for those alone."""

    name = StrictCharField(max_length=NAME_MAX)
    resources_max = StrictIntegerField(min_value=1, help_text="codes that it holds at most")
    reason = StrictCharField(max_length=REASON_MAX, help_text="what it is for")
    regions = serializers.ListField(
        child=StrictCharField(max_length=6),
        max_length=REGIONS_MAX,
        required=False,
        help_text="beginnings of GB/T 2260 codes",
    )
    classes = serializers.ListField(
        child=serializers.ChoiceField(ResourceClass.choices), max_length=3, required=False
    )


class PoolAllotment(StrictSerializer):
    """How large the pool is to be, if smaller than asked for, and what the provider reads."""

    resources_max = StrictIntegerField(min_value=1, required=False)
    answer = StrictCharField(max_length=REASON_MAX, default="", allow_blank=True)


class PoolDecline(StrictSerializer):
    """Why nothing is allotted; the provider reads it."""

    answer = StrictCharField(max_length=REASON_MAX)


class PoolRequestReply(serializers.ModelSerializer[PoolRequest]):
    """A pool that was asked for, and what was answered."""

    organization_id = serializers.UUIDField()
    state = serializers.ChoiceField(PoolRequestState.choices)
    prefix = serializers.CharField(source="pool.prefix", allow_null=True, default=None)

    class Meta:
        model = PoolRequest
        fields: ClassVar = (
            *("id", "organization_id", "name", "resources_max", "regions", "classes", "reason"),
            *("asked_at", "state", "answer", "answered_at", "prefix"),
        )


class PoolRequestList(generics.ListAPIView[PoolRequest]):
    """Requests for pools: one's own, or all of them to operators and auditors."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "resources:read"}
    serializer_class = PoolRequestReply
    filterset_class = PoolRequestFilter
    queryset = PoolRequest.objects.none()

    def get_queryset(self) -> QuerySet[PoolRequest]:
        """Return the requests that the actor may see."""
        return pool_requests.pool_requests_for(actor_of(self.request))

    @extend_schema(request=NewPoolRequest, responses={201: PoolRequestReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a pool of codes, one at a time; persons only."""
        said = _read(NewPoolRequest, request)
        made = pool_requests.ask_pool(wish=PoolWish(**said), by=_person(request), now=clock.now())
        return Response(PoolRequestReply(made).data, status=status.HTTP_201_CREATED)


class PoolRequestDetail(APIView):
    """One request for a pool."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "resources:read"}

    @extend_schema(responses=PoolRequestReply)
    def get(self, request: Request, pool_request_id: UUID) -> Response:
        """Return the request, and the pool's prefix once it is allotted."""
        found = pool_requests.pool_request_for(actor_of(request), pool_request_id)
        return Response(PoolRequestReply(found).data)


class PoolRequestWithdrawal(APIView):
    """The end of a request by who asked."""

    required_roles: ClassVar = {"POST": PROVIDERS}

    @extend_schema(request=None, responses=PoolRequestReply)
    @idempotent
    def post(self, request: Request, pool_request_id: UUID) -> Response:
        """Take one's own request back; persons only."""
        found = pool_requests.withdraw_pool_request(
            request_id=pool_request_id, by=_person(request), now=clock.now()
        )
        return Response(PoolRequestReply(found).data)


class PoolRequestAllotment(APIView):
    """The allotment of a pool that was asked for."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=PoolAllotment, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, pool_request_id: UUID) -> Response:
        """Propose to allot it, or a smaller one; another operator's approval does it at once."""
        said = _read(PoolAllotment, request)
        made = pool_requests.propose_pool(
            request_id=pool_request_id,
            resources_max=said.get("resources_max"),
            note=said["answer"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


class PoolRequestDecline(APIView):
    """The answer that nothing is allotted."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=PoolDecline, responses=PoolRequestReply)
    @idempotent
    def post(self, request: Request, pool_request_id: UUID) -> Response:
        """Decline, and say why."""
        found = pool_requests.decline_pool_request(
            request_id=pool_request_id,
            answer=_read(PoolDecline, request)["answer"],
            by=_person(request),
            now=clock.now(),
        )
        return Response(PoolRequestReply(found).data)


def _read(form: type[StrictSerializer], request: Request) -> dict[str, Any]:
    read = form(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
