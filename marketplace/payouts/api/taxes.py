"""Taxes that payouts withhold: permission, parse, one call, answer."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.payouts import services
from marketplace.payouts.api import serializers
from marketplace.payouts.contracts import ProviderKind
from marketplace.payouts.models import TaxRule


class TaxRuleList(generics.ListAPIView[TaxRule]):
    """What is withheld at payouts, by kind of provider."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.FINANCE})}
    serializer_class = serializers.TaxRuleReply
    queryset = TaxRule.objects.order_by("-id")
    ordering = ("-id",)

    @extend_schema(request=serializers.NewTaxRule, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose what is withheld from providers of a kind, from a day on.

        202 names the proposal; it holds once another person of finance approves it.
        """
        form = serializers.NewTaxRule(data=request.data)
        form.is_valid(raise_exception=True)
        actor, said = actor_of(request), form.validated_data
        proposed = services.propose_tax_rule(
            kind=ProviderKind(said["kind"]),
            rate=said["rate"],
            starts_on=said["starts_on"],
            ends_on=said["ends_on"],
            source=said["basis"],
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(proposed)
