"""How an operation answers that it waits for a second person."""

from rest_framework import status
from rest_framework.response import Response

from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Proposed


def waits(made: Proposed) -> Response:
    """Answer 202: nothing happened yet, and this is the proposal that another person decides."""
    return Response(WaitingReply(made).data, status=status.HTTP_202_ACCEPTED)
