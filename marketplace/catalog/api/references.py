"""Reference orders over the API: by which order prices are compared, and which comes next."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from identity.http.idempotency import idempotent
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import REFERENCE_ORDER_REASON_MAX
from marketplace.catalog.models import ReferenceOrder

READ = "listings:read"
OPERATORS = frozenset({Role.OPERATOR})
UNITS_MAX = 10**9


class ReferenceUnits(StrictSerializer):
    """How much the order takes, in thousandths of each class's unit."""

    AI = StrictIntegerField(min_value=1, max_value=UNITS_MAX)
    GENERAL = StrictIntegerField(min_value=1, max_value=UNITS_MAX)
    HPC = StrictIntegerField(min_value=1, max_value=UNITS_MAX)


class ReferenceContent(StrictSerializer):
    """What a reference order says."""

    units_milli = ReferenceUnits()
    hours = StrictIntegerField(min_value=1, max_value=8784)
    weekday = StrictIntegerField(min_value=1, max_value=7, help_text="1 is Monday")
    begins = StrictCharField(max_length=5, help_text="such as 09:00, on the clock of the zone")
    zone = StrictCharField(max_length=40)
    gb_per_standard_hour = StrictCharField(
        max_length=11, help_text="brought from the buyer's place, as a decimal text"
    )
    places = serializers.ListField(child=StrictCharField(max_length=3), max_length=64)
    green = StrictCharField(
        max_length=3,
        required=False,
        help_text="share of green electricity that it runs on, by tenths, such as 0.8; if it is"
        " not said, plans ask what they ask otherwise",
    )


class ReferenceReply(serializers.Serializer[Any]):
    """A version of the reference order."""

    number = serializers.IntegerField()
    content = ReferenceContent()
    content_hash = serializers.CharField()
    reason = serializers.CharField()
    starts_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField()


class NewReference(StrictSerializer):
    """The next reference order."""

    content = ReferenceContent()
    reason = StrictCharField(max_length=REFERENCE_ORDER_REASON_MAX)
    starts_at = MomentField(
        required=False,
        allow_null=True,
        default=None,
        help_text="seven days after it is approved at least, which is what null says",
    )


class ReferenceList(generics.ListAPIView[ReferenceOrder]):
    """The order by which prices are compared, in every version."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = ReferenceReply
    queryset = ReferenceOrder.objects.none()

    def get_queryset(self) -> QuerySet[ReferenceOrder]:
        """Return every version, the newest first."""
        return selectors.reference_orders()

    @extend_schema(request=NewReference, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose another reference order; it is announced once another operator approved it."""
        form = NewReference(data=request.data)
        form.is_valid(raise_exception=True)
        asked, actor = form.validated_data, actor_of(request)
        return waits(
            services.propose_reference_order(
                content=asked["content"],
                reason=asked["reason"],
                starts_at=asked["starts_at"],
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        )
