"""The catalog's API: the market, listings, and quotes for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import addresses, clock
from common.period import Period
from gateway.sensing import selectors as sensing_selectors
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.catalog import selectors, services
from marketplace.catalog.api import filters, serializers
from marketplace.catalog.api.token_fields import token_mix, units_milli
from marketplace.catalog.contracts import BookNotFound, NewListing
from marketplace.catalog.least import Least
from marketplace.catalog.models import Listing
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing.api.serializers import EvaluationReply, QuoteReply
from pricing.filters import QuoteFilter

PROVIDERS = frozenset({Role.PROVIDER})
BUYERS = frozenset({Role.BUYER})
OPERATORS = frozenset({Role.OPERATOR})
READ, WRITE = "listings:read", "listings:write"
QUOTES_READ, QUOTES_WRITE = "quotes:read", "quotes:write"


FILTERS = [
    OpenApiParameter(
        name, OpenApiTypes.STR, description="as for /listings; repeat or separate as there"
    )
    for name in filters.ListingFilter.base_filters
    if name != "sort"
]


class ListingList(generics.ListAPIView[Listing]):
    """The market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.ListingReply
    filterset_class = filters.ListingFilter
    queryset = Listing.objects.none()

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        """Return what writes a page of listings, with what is told of their resources."""
        if options.get("many"):
            options["context"] = {**self.get_serializer_context(), **_told(args[0])}
        return super().get_serializer(*args, **options)

    @extend_schema(request=serializers.NewListing, responses={201: serializers.ListingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Put a resource of the provider on the market."""
        form = serializers.NewListing(data=request.data)
        form.is_valid(raise_exception=True)
        now = clock.now()
        least = Least(**form.validated_data.pop("least", {}))
        listing = services.open_listing(
            provider_id=actor_of(request).organization_id,
            offer=NewListing(**({"available_from": now} | form.validated_data), least=least),
            now=now,
        )
        return _listing(listing.pk, status.HTTP_201_CREATED)


class ListingDetail(APIView):
    """One listing, also after it closed."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ListingReply)
    def get(self, request: Request, listing_id: UUID) -> Response:
        """Return the listing, with the all-in price that the caller pays."""
        return _listing(listing_id, status.HTTP_200_OK, request)


class ListingCapacity(APIView):
    """What is free of a listing over time."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(
        parameters=[serializers.PeriodQuery],
        responses=serializers.FreeCapacityReply(many=True),
    )
    def get(self, request: Request, listing_id: UUID) -> Response:
        """Return the free capacity of a period, piece by piece without gaps."""
        listing = selectors.listing(listing_id)
        form = serializers.PeriodQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        pieces = selectors.free_capacity(listing, Period(**form.validated_data))
        return Response(serializers.FreeCapacityReply(pieces, many=True).data)


class PauseListing(APIView):
    """A pause of a listing."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.ListingReply)
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Take no new orders for a while; what was sold stays sold."""
        provider_id = actor_of(request).organization_id
        services.pause_listing(listing_id=listing_id, provider_id=provider_id, now=clock.now())
        return _listing(listing_id, status.HTTP_200_OK)


class ResumeListing(APIView):
    """The end of a pause."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.ListingReply)
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Take orders again."""
        provider_id = actor_of(request).organization_id
        services.resume_listing(listing_id=listing_id, provider_id=provider_id, now=clock.now())
        return _listing(listing_id, status.HTTP_200_OK)


class CloseListing(APIView):
    """The end of a listing."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.ListingReply)
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Take no new orders any more; what was sold stays sold."""
        provider_id = actor_of(request).organization_id
        services.close_listing(listing_id=listing_id, provider_id=provider_id, now=clock.now())
        return _listing(listing_id, status.HTTP_200_OK)


class ListingLeast(APIView):
    """The least that may be ordered of a listing."""

    required_roles: ClassVar = {"PUT": PROVIDERS}
    required_scopes: ClassVar = {"PUT": WRITE}

    @extend_schema(request=serializers.NewLeast, responses=serializers.ListingReply)
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Say anew what may be ordered at least, and in what steps; waiting orders are asked."""
        form = serializers.NewLeast(data=request.data)
        form.is_valid(raise_exception=True)
        services.change_least(
            listing_id=listing_id,
            provider_id=actor_of(request).organization_id,
            least=Least(**form.validated_data),
        )
        return _listing(listing_id, status.HTTP_200_OK)


class ListingTotal(APIView):
    """How much of a listing is on sale."""

    required_roles: ClassVar = {"PUT": PROVIDERS}
    required_scopes: ClassVar = {"PUT": WRITE}

    @extend_schema(request=serializers.NewTotal, responses=serializers.ListingReply)
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Put more or less of the resource on sale, never less than is sold at any time to come."""
        form = serializers.NewTotal(data=request.data)
        form.is_valid(raise_exception=True)
        services.change_total(
            listing_id=listing_id,
            provider_id=actor_of(request).organization_id,
            total_milli=form.validated_data["total_milli"],
            now=clock.now(),
        )
        return _listing(listing_id, status.HTTP_200_OK)


class BookLeast(APIView):
    """The least that may be ordered in a book, whatever its listings allow."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "PUT": OPERATORS}
    required_scopes: ClassVar = {"GET": READ, "PUT": WRITE}

    @extend_schema(responses=serializers.BookReply)
    def get(self, request: Request, resource_class: str, hub: str) -> Response:  # noqa: ARG002
        """Return the least of the book."""
        book = selectors.book(resource_class=resource_class, hub=hub)
        if book is None:
            raise BookNotFound
        return Response(serializers.BookReply(book).data)

    @extend_schema(request=serializers.NewLeast, responses=serializers.BookReply)
    def put(self, request: Request, resource_class: str, hub: str) -> Response:
        """Say the least of the book anew; waiting orders are asked, too."""
        form = serializers.NewLeast(data=request.data)
        form.is_valid(raise_exception=True)
        book = services.change_least_of_book(
            resource_class=resource_class, hub=hub, least=Least(**form.validated_data)
        )
        return Response(serializers.BookReply(book).data)


def _listing(listing_id: UUID, code: int, request: Request | None = None) -> Response:
    found = selectors.listing(listing_id)
    context = _told([found]) | {"request": request}
    reply: dict[str, Any] = serializers.ListingReply(found, context=context).data
    return Response(reply, status=code)


def _told(listings: Iterable[Listing]) -> dict[str, Any]:
    """Return what sources tell of the resources of listings now, for the serializer."""
    ids = [each.resource_id for each in listings]
    return {"told": sensing_selectors.states_shown(ids, clock.now())}


class MarketSearch(APIView):
    """The market at a glance."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(
        parameters=FILTERS,
        responses=serializers.MarketReply,
    )
    def get(self, request: Request) -> Response:
        """Return the figures of the whole market, and the counts beside each filter."""
        search = filters.ListingFilter(
            request.query_params, queryset=Listing.objects.none(), request=request
        )
        if not search.is_valid():
            raise ValidationError(search.errors)
        now = clock.now()
        counted = selectors.counts(search.wanted(), at=now)
        reply = serializers.MarketReply(
            {
                "listings": counted.figures.listings,
                "providers": counted.figures.providers,
                "capacity": counted.figures.capacity,
                "facets": counted.facets,
            }
        )
        return Response(reply.data)


class QuoteList(generics.ListAPIView[Any]):
    """The quotes of the buyer."""

    required_roles: ClassVar = {"GET": BUYERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": QUOTES_READ, "POST": QUOTES_WRITE}
    serializer_class = QuoteReply
    filterset_class = QuoteFilter
    queryset = pricing_selectors.no_quotes()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the buyer's quotes, newest first."""
        return pricing_selectors.quotes_of(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewQuote, responses={201: serializers.QuoteWholeReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Freeze the price of using a listing's capacity for a period, or for a job's need."""
        form = serializers.NewQuote(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        period = Period(values["starts_at"], _ends_at(values))
        quote = services.quote_listing(
            buyer_id=actor_of(request).organization_id,
            listing_id=values["listing_id"],
            milli=units_milli(values, listing_id=values["listing_id"], period=period),
            period=period,
            mix=token_mix(values),
            now=clock.now(),
            valid_for=timedelta(days=values["valid_days"])
            if "valid_days" in values
            else pricing_services.QUOTE_VALID_FOR,
            project_id=values["project_id"],
            person_id=actor_of(request).person_id,
        )
        return Response(serializers.QuoteWholeReply(quote).data, status=status.HTTP_201_CREATED)


def _ends_at(values: dict[str, Any]) -> datetime:
    """
    Return until when a price is asked for: as said, or as what the job needs follows.

    :raises NeedNotCounted: if the listing counts no standard hours, or the need takes too long
    """
    if "ends_at" in values:
        said: datetime = values["ends_at"]
        return said
    starts_at: datetime = values["starts_at"]
    return starts_at + selectors.time_for(
        listing_id=values["listing_id"],
        milli=values["units_milli"],
        standard_hours=values["need_standard_hours"],
    )


class QuoteDetail(APIView):
    """One quote of the buyer."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": QUOTES_READ}

    @extend_schema(responses=serializers.QuoteWholeReply)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return the quote as it was frozen."""
        buyer_id = actor_of(request).organization_id
        quote = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
        return Response(serializers.QuoteWholeReply(quote).data)


class QuoteEvaluation(APIView):
    """Why a quote has its price."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": QUOTES_READ}

    @extend_schema(responses=EvaluationReply)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Compute the price anew from the frozen inputs, and compare."""
        buyer_id = actor_of(request).organization_id
        quote = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
        return Response(EvaluationReply(pricing_selectors.evaluation(quote)).data)


class QuoteLinks(APIView):
    """Links that show one quote of the buyer to whoever has them."""

    required_roles: ClassVar = {"GET": BUYERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": QUOTES_READ, "POST": QUOTES_WRITE}

    @extend_schema(responses=serializers.LiveQuoteLink(many=True))
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return the links that show the quote now, newest first; no address is told again."""
        quote = pricing_selectors.quote_for_buyer(
            quote_id=quote_id, buyer_id=actor_of(request).organization_id
        )
        live = pricing_selectors.live_links_of_quote(quote, at=clock.now())
        return Response(serializers.LiveQuoteLink(live, many=True).data)

    @extend_schema(request=serializers.NewQuoteLink, responses={201: serializers.QuoteLinkReply})
    @idempotent
    def post(self, request: Request, quote_id: UUID) -> Response:
        """Make a link; its address is told this once."""
        form = serializers.NewQuoteLink(data=request.data)
        form.is_valid(raise_exception=True)
        made = pricing_services.share_quote(
            quote_id=quote_id,
            buyer_id=actor_of(request).organization_id,
            days=form.validated_data["days"],
            now=clock.now(),
        )
        said = {
            "id": made.id,
            "address": addresses.public(f"/q/{made.token}/"),
            "expires_at": made.expires_at,
        }
        reply = serializers.QuoteLinkReply(said).data
        return Response(reply, status=status.HTTP_201_CREATED)


class QuoteLinkEnd(APIView):
    """The end of a link to a quote."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": QUOTES_WRITE}

    @extend_schema(request=None, responses=serializers.RevokedQuoteLink)
    def post(self, request: Request, quote_link_id: UUID) -> Response:
        """Let the link lead nowhere from now on."""
        link = pricing_services.revoke_quote_link(
            link_id=quote_link_id,
            buyer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.RevokedQuoteLink(link).data)
