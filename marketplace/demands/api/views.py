"""The demands' API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.demands import selectors, services
from marketplace.demands.api import serializers
from marketplace.demands.models import PostedDemand, SavedSearch
from marketplace.demands.selectors.filters import DemandFilter

BUYERS = frozenset({Role.BUYER})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "orders:read", "orders:write"


class DemandList(generics.ListAPIView[PostedDemand]):
    """Demands, newest first."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.DemandReply
    filterset_class = DemandFilter
    queryset = PostedDemand.objects.none()

    def get_queryset(self) -> QuerySet[PostedDemand]:
        """Return the organisation's own; all for those who watch."""
        return selectors.demands_of(buyer_id=_whose(actor_of(self.request)))

    @extend_schema(request=serializers.NewDemand, responses={201: serializers.DemandReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Post what is needed; it is matched within a second."""
        form = serializers.NewDemand(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.post_demand(
            buyer_id=actor.organization_id,
            key=idempotency_key(request),
            terms=form.terms(),
            posted_by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.DemandReply(made).data, status=status.HTTP_201_CREATED)


class DemandOutlook(APIView):
    """What a demand would meet."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": READ}

    @extend_schema(request=serializers.NewDemand, responses=serializers.OutlookReply)
    def post(self, request: Request) -> Response:
        """Return the cheapest, the greenest and the nearest offer; nothing is set aside."""
        form = serializers.NewDemand(data=request.data)
        form.is_valid(raise_exception=True)
        found = selectors.outlook(
            buyer_id=actor_of(request).organization_id, wanted=form.terms(), at=clock.now()
        )
        return Response(serializers.OutlookReply(found).data)


class DemandDetail(APIView):
    """One demand."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.DemandPageReply)
    def get(self, request: Request, demand_id: UUID) -> Response:
        """Return a demand with its place in the queue and the orders that serve it."""
        found = selectors.demand(demand_id=demand_id, buyer_id=_whose(actor_of(request)))
        return Response(_page(found))


class DemandAmend(APIView):
    """Amending a demand."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.Amendment, responses=serializers.DemandReply)
    def post(self, request: Request, demand_id: UUID) -> Response:
        """Let a waiting demand ask for something else; what asks for no more keeps its place."""
        form = serializers.Amendment(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.amend_demand(
            demand_id=demand_id,
            buyer_id=actor_of(request).organization_id,
            revision=form.validated_data["revision"],
            terms=form.terms(),
            now=clock.now(),
        )
        return Response(serializers.DemandReply(row).data)


class DemandCancel(APIView):
    """Cancelling a demand."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.DemandReply)
    def post(self, request: Request, demand_id: UUID) -> Response:
        """Cancel a demand that waits; it costs nothing."""
        row = services.cancel_demand(
            demand_id=demand_id,
            buyer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.DemandReply(row).data)


class SearchList(generics.ListAPIView[SavedSearch]):
    """Saved searches."""

    required_roles: ClassVar = {"GET": BUYERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.SearchReply
    ordering = ("-id",)
    queryset = SavedSearch.objects.none()

    def get_queryset(self) -> QuerySet[SavedSearch]:
        """Return the organisation's own."""
        return selectors.searches_of(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewSearch, responses={201: serializers.SearchReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a search; who alerts is told of listings that appear from now on."""
        form = serializers.NewSearch(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        made = services.save_search(
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
            **(data | {"need": serializers.NewNeed().need(data["need"])}),
        )
        return Response(serializers.SearchReply(made).data, status=status.HTTP_201_CREATED)


class SearchDetail(APIView):
    """One saved search."""

    required_roles: ClassVar = {"DELETE": BUYERS}
    required_scopes: ClassVar = {"DELETE": WRITE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, saved_search_id: UUID) -> Response:
        """Forget a search."""
        services.drop_search(
            search_id=saved_search_id, organization_id=actor_of(request).organization_id
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _whose(actor: Actor) -> UUID | None:
    return None if actor.has_role(*WATCHERS) else actor.organization_id


def _page(found: PostedDemand) -> dict[str, Any]:
    is_over = selectors.is_over(found)
    place, waiting = (None, 0) if is_over else selectors.place_in_queue(found)
    lots, reopenings = selectors.lots_of([found.pk]), selectors.reopenings_of(found)
    serving = {lot.pk for lot in selectors.serving_lots(lots, reopenings)}
    for lot in lots:
        lot.serves = lot.pk in serving  # type: ignore[attr-defined]
    return {
        **serializers.DemandReply(found).data,
        "place": place,
        "waiting": waiting,
        "lots": serializers.LotReply(lots, many=True).data,
        "reopenings": serializers.ReopeningReply(reopenings, many=True).data,
    }
