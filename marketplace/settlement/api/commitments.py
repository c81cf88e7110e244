"""The API of commitments: what a contract has agreed, used and left, and what ending it costs."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from marketplace.settlement import selectors
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.services.ending import ends_if_ended
from pricing.plan_models import PlanModel

PARTIES = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})


class CommitmentStateReply(serializers.Serializer[Any]):
    """A part of the plan that binds the buyer, and how far it is used."""

    code = serializers.CharField()
    model = serializers.ChoiceField([(each.value, each.value) for each in PlanModel])
    unit = serializers.CharField()
    agreed = serializers.CharField(allow_null=True, help_text="in `unit`, exact")
    used = serializers.CharField(allow_null=True)
    left = serializers.CharField(allow_null=True)
    beyond = serializers.CharField(allow_null=True)
    beyond_price = serializers.CharField(allow_null=True)
    discount = serializers.CharField()
    agreed_minor = serializers.IntegerField(allow_null=True)
    owed_minor = serializers.IntegerField(help_text="charged for it so far")


class RenewalReply(serializers.Serializer[Any]):
    """What going on for the same length is likely to use and cost."""

    starts_at = serializers.DateTimeField(source="period.starts_at")
    ends_at = serializers.DateTimeField(source="period.ends_at")
    quantity = serializers.CharField()
    unit = serializers.CharField()
    standard_hours = serializers.CharField(allow_null=True)
    amount_minor = serializers.IntegerField()
    plan_version = serializers.IntegerField()


class EarlyEndCostReply(serializers.Serializer[Any]):
    """What the contract comes to if it is ended now."""

    ends_at = serializers.DateTimeField()
    total_minor = serializers.IntegerField(help_text="with what is likely to be used until then")
    without_use_minor = serializers.IntegerField(help_text="of it, committed and not used")
    fee_minor = serializers.IntegerField(help_text="of it, for ending; within what is held")
    given_back_minor = serializers.IntegerField(
        help_text="taken off it, of prepaid hours that are likely not to be used"
    )
    otherwise_minor = serializers.IntegerField(help_text="what it would come to at its own end")


class EndingReply(serializers.Serializer[Any]):
    """By what the contract is ended early: its version of the plan, or the market's rule."""

    name = serializers.CharField(help_text="`plan-1` where the plan says it")
    notice_seconds = serializers.IntegerField(help_text="until it ends; it is charged as before")
    fee_minor = serializers.IntegerField(help_text="at most; never beyond what is held")
    gives_back = serializers.CharField(help_text="share of the price of prepaid hours not used")


class CommitmentReply(serializers.Serializer[Any]):
    """A contract's commitments."""

    contract_id = serializers.UUIDField()
    plan_version_id = serializers.UUIDField()
    commitments = CommitmentStateReply(many=True)
    renewal = RenewalReply(allow_null=True, help_text="null before anything was measured")
    ending = EndingReply()
    early_end = EarlyEndCostReply(allow_null=True, help_text="null where it ends by itself")


class ContractCommitment(APIView):
    """What a contract has committed its buyer to."""

    required_roles: ClassVar = {"GET": PARTIES}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=CommitmentReply)
    def get(self, request: Request, contract_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return what is agreed, used and left, the likely renewal, and what ending it costs."""
        now = clock.now()
        contract = selectors.contract(contract_id)
        report = selectors.commitment_report(contract, now=now)
        ends_at = ends_if_ended(contract, now=now)
        facts = {
            "contract_id": contract.pk,
            "plan_version_id": contract.plan_version_id,
            "commitments": report.states,
            "renewal": report.renewal,
            "ending": selectors.ending_by(report.card),
            "early_end": selectors.early_end_of(contract, now=now, ends_at=ends_at)
            if ends_at is not None and contract.state == ContractState.ACTIVE
            else None,
        }
        return Response(CommitmentReply(facts).data)
