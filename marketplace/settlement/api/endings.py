"""Ending a running contract early, and going on after it: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.period import Period
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictIntegerField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.api.serializers import OrderReply
from marketplace.orders.contracts import SECONDS_MAX, UNITS_MILLI_MAX, OrderWish
from marketplace.settlement import rules, services
from marketplace.settlement.services.extending import following
from pricing.early_ends import NOTICE_HOURS_MAX

BUYERS = frozenset({Role.BUYER})


class EarlyEndReply(serializers.Serializer[Any]):
    """How a contract was ended early."""

    contract_id = serializers.UUIDField()
    rule_version = serializers.CharField()
    fee_minor = serializers.IntegerField(help_text="at most; never beyond what is held")
    notice_seconds = serializers.IntegerField(allow_null=True, help_text="that its plan asked")
    gives_back = serializers.CharField(
        allow_null=True, help_text="of the price of prepaid hours not used, as its plan said"
    )
    ended_before = serializers.DateTimeField(help_text="when it would have ended")
    ends_at = serializers.DateTimeField()
    asked_at = serializers.DateTimeField()


class EndingRuleReply(serializers.Serializer[Any]):
    """A version of the rule by which a buyer ends a contract early."""

    name = serializers.CharField()
    notice_seconds = serializers.IntegerField(help_text="until it ends; it is charged as before")
    fee_minor = serializers.IntegerField()


class PlannedEndingReply(serializers.Serializer[Any]):
    """What a plan may say of ending its contracts early; each contract keeps its own version's."""

    name = serializers.CharField()
    notice_hours_most = serializers.IntegerField()
    fee = serializers.CharField(help_text="how far it reaches")


class EndingRulesReply(serializers.Serializer[Any]):
    """Every version, and by which a contract is ended now whose plan says nothing of it."""

    of_plans = PlannedEndingReply()
    newest = serializers.CharField()
    versions = EndingRuleReply(many=True)


class NewExtension(StrictSerializer):
    """The time after an order, at the same listing, at the price in force."""

    seconds = StrictIntegerField(min_value=1, max_value=SECONDS_MAX)
    units_milli = StrictIntegerField(
        min_value=1,
        max_value=UNITS_MILLI_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="left out: as much as before",
    )
    quote_id = StrictUUIDField(required=False, allow_null=True, default=None)
    use_vouchers = serializers.BooleanField(required=False, default=True)


class ContractEnd(APIView):
    """Ending a contract."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(request=None, responses=EarlyEndReply)
    def post(self, request: Request, contract_id: UUID) -> Response:
        """End a running contract after the notice of the rule in force."""
        actor = actor_of(request)
        ended = services.end_early(
            contract_id=contract_id,
            buyer_id=actor.organization_id,
            now=clock.now(),
            asked_by_id=actor.person_id,
        )
        return Response(EarlyEndReply(ended).data)


class OrderExtension(APIView):
    """Going on after an order."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(request=NewExtension, responses={201: OrderReply})
    @idempotent
    def post(self, request: Request, order_id: UUID) -> Response:
        """Order the time after a cleared order, at the same listing; the two are linked."""
        form = NewExtension(data=request.data)
        form.is_valid(raise_exception=True)
        asked, buyer_id = form.validated_data, actor_of(request).organization_id
        order = orders_selectors.order(order_id=order_id, organization_id=buyer_id)
        wish = OrderWish(
            key=idempotency_key(request),
            units_milli=asked["units_milli"] or order.units_milli,
            period=Period(order.starts_at, order.ends_at),
            quote_id=asked["quote_id"],
            use_vouchers=asked["use_vouchers"],
        )
        placed = services.extend_order(
            order_id=order_id,
            buyer_id=buyer_id,
            wish=following(order, wish, seconds=asked["seconds"]),
            now=clock.now(),
        )
        return Response(OrderReply(placed).data, status=status.HTTP_201_CREATED)


class EndingRules(APIView):
    """The rules by which contracts are ended early."""

    public = True

    @extend_schema(responses=EndingRulesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of the rule, the oldest first, and the one in force."""
        found = {
            "of_plans": {
                "name": rules.OF_PLAN,
                "notice_hours_most": NOTICE_HOURS_MAX,
                "fee": "within_hold",
            },
            "newest": rules.ENDINGS.newest,
            "versions": rules.ENDINGS.versions.values(),
        }
        return Response(EndingRulesReply(found).data)
