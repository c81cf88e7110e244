"""Price collars over the API: permission, parse, one call, answer."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import (
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)
from identity.http.idempotency import idempotent
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import (
    ABOVE_MAX,
    BAND_MIN,
    BELOW_MAX,
    COLLAR_REASON_MAX,
    Band,
    CollarBase,
)
from marketplace.catalog.models import PriceCollar

READ = "listings:read"
OPERATORS = frozenset({Role.OPERATOR})


class CollarReply(serializers.ModelSerializer[PriceCollar]):
    """What a standard hour may cost in a book from a moment on, in yuan."""

    resource_class = serializers.CharField(source="book.resource_class")
    hub = serializers.CharField(source="book.hub")
    low = serializers.DecimalField(18, 6, allow_null=True)
    high = serializers.DecimalField(18, 6, allow_null=True)

    class Meta:
        model = PriceCollar
        fields: ClassVar = (
            *("id", "resource_class", "hub", "reference", "below_bp", "above_bp", "low", "high"),
            *("index_day", "base", "reason", "announced_at", "valid_from"),
        )


class NewCollar(StrictSerializer):
    """A band around a reference; without a reference the collar ends."""

    reference = StrictDecimalField(
        max_digits=16,
        decimal_places=6,
        allow_null=True,
        help_text="yuan for a standard hour, as a decimal text; null ends the collar",
    )
    below_bp = StrictIntegerField(
        min_value=BAND_MIN,
        max_value=BELOW_MAX,
        required=False,
        default=BAND_MIN,
        help_text="how far below the reference, in hundredths of a per cent",
    )
    above_bp = StrictIntegerField(
        min_value=BAND_MIN,
        max_value=ABOVE_MAX,
        required=False,
        default=BAND_MIN,
        help_text="how far above the reference, in hundredths of a per cent",
    )
    base = serializers.ChoiceField(
        choices=CollarBase.choices,
        required=False,
        default=CollarBase.INDEX,
        help_text="REFERENCE: it is the reference price of the class, and no index moves it",
    )
    reason = StrictCharField(max_length=COLLAR_REASON_MAX)


class CollarList(generics.ListAPIView[PriceCollar]):
    """Collars of books, the latest first; those to come say from when they hold."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = CollarReply
    queryset = PriceCollar.objects.none()

    def get_queryset(self) -> QuerySet[PriceCollar]:
        """Return every collar there was."""
        return selectors.collars()


class BookCollar(APIView):
    """What a standard hour may cost in one book."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=NewCollar, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, resource_class: str, hub: str) -> Response:
        """Propose a collar; it holds a day after another operator approved it."""
        form = NewCollar(data=request.data)
        form.is_valid(raise_exception=True)
        asked, actor = form.validated_data, actor_of(request)
        reference = asked["reference"]
        band = (
            Band(None)
            if reference is None
            else Band(reference, asked["below_bp"], asked["above_bp"])
        )
        return waits(
            services.propose_collar(
                resource_class=resource_class,
                hub=hub,
                band=band,
                reason=asked["reason"],
                base=CollarBase(asked["base"]),
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        )
