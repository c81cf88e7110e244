"""Why demands and orders were filled or refused: permission, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from marketplace.demands import selectors
from marketplace.demands import terms as demand_terms
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.whys import NotDecided, Why

BUYERS = frozenset({Role.BUYER})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})
READ = "orders:read"


class ShortReply(serializers.Serializer[Any]):
    """A stretch in which a listing had too little."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    free_milli = serializers.IntegerField()


class JudgedReply(serializers.Serializer[Any]):
    """What one listing answered."""

    listing_id = serializers.UUIDField()
    code = serializers.CharField(help_text="the predicate that excluded it; empty: it could serve")
    rank = serializers.IntegerField(allow_null=True, help_text="among those that could serve")
    taken_milli = serializers.IntegerField(help_text="what was taken of it for this wish")
    amount_minor = serializers.IntegerField(allow_null=True, help_text="what this would have cost")
    starts_at = serializers.DateTimeField(allow_null=True)
    asked = serializers.JSONField(allow_null=True, help_text="what the predicate asked for")
    there = serializers.JSONField(allow_null=True, help_text="what was there; none: not known")
    short = ShortReply(many=True, help_text="where too little was free, 12 stretches at most")


class JudgementReply(serializers.Serializer[Any]):
    """How a wish, or one of its alternatives, was decided."""

    code = serializers.CharField(help_text="why it was not filled; empty where it was")
    considered = serializers.IntegerField()
    eligible = serializers.IntegerField()
    barred = serializers.DictField(child=serializers.IntegerField())
    judged = JudgedReply(many=True, help_text="20 at most, the chosen and the nearest first")
    left_out = serializers.IntegerField(help_text="considered, and not among `judged`")


class SmallChangeReply(serializers.Serializer[Any]):
    """A change that would have filled it, proven by the rule."""

    kind = serializers.CharField(help_text="what is changed: price, start, hubs, quantity, …")
    is_now = serializers.BooleanField(help_text="as the market stands now; else: on the same input")
    option = serializers.IntegerField()
    units_milli = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    amount_minor = serializers.IntegerField(allow_null=True)
    before = serializers.JSONField(allow_null=True)
    value = serializers.JSONField(allow_null=True)
    listings = serializers.ListField(child=serializers.UUIDField())
    path = serializers.CharField(help_text="where a POST of `body` orders just that; or empty")
    body = serializers.JSONField()


class CashNeedReply(serializers.Serializer[Any]):
    """What an order would have cost in cash at its turn, and what was there."""

    needed_minor = serializers.IntegerField()
    available_minor = serializers.IntegerField()
    missing_minor = serializers.IntegerField()


class WhyReply(serializers.Serializer[Any]):
    """Why something was filled or refused."""

    rule_version = serializers.CharField()
    at = serializers.DateTimeField()
    is_now = serializers.BooleanField(help_text="nothing is decided yet: as the market stands")
    round_number = serializers.CharField()
    input_hash = serializers.CharField()
    output_hash = serializers.CharField()
    late_code = serializers.CharField(help_text="the rule filled it, and this came between")
    judgements = JudgementReply(many=True, help_text="one an alternative")
    changes = SmallChangeReply(many=True, help_text="6 at most")
    funds = CashNeedReply(allow_null=True)


class DemandWhy(APIView):
    """Why a demand was filled or refused."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=WhyReply)
    def get(self, request: Request, demand_id: UUID) -> Response:
        """Return what decided a demand and what would have filled it; of a waiting one, now."""
        found = selectors.demand(demand_id=demand_id, buyer_id=_whose(actor_of(request)))
        return _answer(selectors.demand_why(found, at=clock.now()))


class DecidedReply(serializers.Serializer[Any]):
    """What decided a demand, whole: `verify_demand.py` decides it again."""

    number = serializers.CharField()
    revision = serializers.IntegerField()
    rule_version = serializers.CharField()
    seed = serializers.CharField()
    input_hash = serializers.CharField()
    output_hash = serializers.CharField()
    snapshot = serializers.JSONField(help_text="the demand, and every listing that was asked")
    result = serializers.JSONField()
    late_code = serializers.CharField(help_text="the rule filled it, and this came between")


class DecisionDetail(APIView):
    """What decided a demand."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=DecidedReply)
    def get(self, request: Request, demand_id: UUID) -> Response:
        """Return the stored input and result of a demand, for a script that decides it again."""
        found = selectors.demand(demand_id=demand_id, buyer_id=_whose(actor_of(request)))
        return Response(DecidedReply(selectors.decision_file(found)).data)


class OrderWhy(APIView):
    """Why an order was filled or refused."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS | {Role.PROVIDER}}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=WhyReply)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return what decided an order, and what would fill it."""
        actor = actor_of(request)
        found = orders_selectors.order(order_id=order_id, organization_id=_whose(actor))
        sold = _whose(actor) is not None and found.buyer_id != actor.organization_id
        why = selectors.order_why(
            found, at=clock.now(), provider_id=actor.organization_id if sold else None
        )
        return _answer(why)


def _whose(actor: Actor) -> UUID | None:
    return None if actor.has_role(*WATCHERS) else actor.organization_id


def _answer(why: Why | None) -> Response:
    if why is None:
        raise NotDecided
    return Response(WhyReply(plain_values(why)).data)


def plain_values(why: Why) -> dict[str, Any]:
    """Return an explanation as plain values, those that are compared as JSON says them."""
    told: dict[str, Any] = demand_terms.document_of(why)
    for judgement, said in zip(why.judgements, told["judgements"], strict=True):
        said["left_out"] = judgement.left_out
    if why.funds is not None:
        told["funds"]["missing_minor"] = why.funds.missing_minor
    return told
