"""How long orders hold their cash: the rules, and what a quote would hold when."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.orders import rules, selectors


class InstalmentRuleReply(serializers.Serializer[Any]):
    """A version of the rule by which long orders hold their cash for one period at a time."""

    name = serializers.CharField()
    days = serializers.IntegerField(help_text="of a period; 0: calendar months of the market")
    whole_seconds = serializers.IntegerField(help_text="no longer orders hold all at once")
    least_seconds = serializers.IntegerField(help_text="shorter periods join their neighbours")
    lead_seconds = serializers.IntegerField(help_text="held so long before a period begins")
    ends_seconds = serializers.IntegerField(
        help_text="not held so long before a period begins, the contract ends there"
    )


class InstalmentRulesReply(serializers.Serializer[Any]):
    """Every version, and by which orders hold that clear now."""

    newest = serializers.CharField()
    versions = InstalmentRuleReply(many=True)


class PlannedInstalmentReply(serializers.Serializer[Any]):
    """What would be held for one period."""

    part = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    amount_minor = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="none: when the order clears")


class QuoteHoldReply(serializers.Serializer[Any]):
    """What an order at a quote would hold when, with the vouchers of just now."""

    rule = serializers.CharField(help_text="empty: everything is held when the order clears")
    gross_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    cash_minor = serializers.IntegerField()
    held_minor = serializers.IntegerField(help_text="of the cash, when the order clears")
    instalments = PlannedInstalmentReply(many=True)


class InstalmentRules(APIView):
    """The rules by which long orders hold their cash."""

    public = True

    @extend_schema(responses=InstalmentRulesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of the rule, the oldest first, and the one in force."""
        book = rules.INSTALMENTS
        found = {"newest": book.newest, "versions": book.versions.values()}
        return Response(InstalmentRulesReply(found).data)


class QuoteHold(APIView):
    """What a quote would hold."""

    required_roles: ClassVar = {"GET": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"GET": "quotes:read"}

    @extend_schema(responses=QuoteHoldReply)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return what an order at the quote would hold when it clears, and what later."""
        buyer_id = actor_of(request).organization_id
        found = selectors.hold_of_quote(quote_id=quote_id, buyer_id=buyer_id, at=clock.now())
        rule = rules.INSTALMENTS.newest if found.instalments else ""
        facts = {
            "rule": rule,
            "gross_minor": found.gross_minor,
            "voucher_minor": found.plan.total_minor,
            "cash_minor": found.cash_minor,
            "held_minor": found.held_minor,
            "instalments": found.instalments,
        }
        return Response(QuoteHoldReply(facts).data)
