"""The money of programmes over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.vouchers import services
from marketplace.vouchers.api import serializers

ISSUERS = frozenset({Role.ISSUER})


class FundingList(APIView):
    """The money of a programme."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(
        request=serializers.NewFunding,
        responses={201: serializers.FundingReply, 202: WaitingReply},
    )
    @idempotent
    def post(self, request: Request, programme_id: UUID) -> Response:
        """
        Add to the programme's pool, once for each reference.

        A large amount is not added yet: 202 names the proposal that another person approves.
        """
        actor = actor_of(request)
        form = serializers.NewFunding(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.fund_programme(
            programme_id=programme_id,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        if isinstance(made, Proposed):
            return waits(made)
        return Response(serializers.FundingReply(made).data, status=status.HTTP_201_CREATED)
