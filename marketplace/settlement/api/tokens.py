"""What became of the tokens of an order: committed, used, left, and how many a minute."""

from typing import Any, ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from marketplace.settlement import selectors
from marketplace.settlement.api.energy import READERS


def _tokens(help_text: str = "", **options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=38,
        decimal_places=12,
        normalize_output=True,
        help_text=help_text or None,
        **options,
    )


TOLD: Final = (
    *("committed", "used", "beyond", "left", "a_minute", "most_a_minute"),
    *("is_kept", "weight", "read", "generated", "cached"),
)


class TokenUseReply(serializers.Serializer[Any]):
    """Tokens as the measurement rule counts them; by kind of at most 5,000 windows."""

    order_id = serializers.UUIDField()
    committed = _tokens()
    used = _tokens("and charged")
    beyond = _tokens("measured over the commitment, not charged")
    left = _tokens()
    committed_a_minute = _tokens(source="a_minute")
    most_a_minute = _tokens("of a window, on average", allow_null=True)
    is_kept = serializers.BooleanField(help_text="nothing beyond the commitment was measured")
    weight = _tokens("what a generated token counts as")
    read = _tokens(allow_null=True)
    generated = _tokens(allow_null=True)
    cached = _tokens("read from a cache", allow_null=True)


class OrderTokens(APIView):
    """Tokens of an order that committed some."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=TokenUseReply)
    def get(self, request: Request, order_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what became of them; an order of anything else has none."""
        contract = selectors.contract_of_order(order_id)
        found = selectors.token_use(contract.order) if contract else None
        if found is None:
            raise NotFound
        facts = {name: getattr(found, name) for name in TOLD}
        return Response(TokenUseReply({"order_id": order_id, **facts}).data)
