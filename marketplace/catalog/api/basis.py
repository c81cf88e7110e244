"""The rule of documents under prices, over the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.contracts import ANY_MEMBER
from marketplace.catalog import selectors
from pricing.basis import BasisGround


class BasisRuleReply(serializers.Serializer[Any]):
    """A version of the rule by which prices name a document and its clause."""

    name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    grounds = serializers.ListField(
        child=serializers.ChoiceField(BasisGround.choices),
        help_text="of what listings a plan names a document, the first that holds",
    )


class BasisRules(APIView):
    """Every version of the rule; the newest that has begun is the one in force."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "listings:read"}

    @extend_schema(responses=BasisRuleReply(many=True))
    def get(self, _request: Request) -> Response:
        """Return the versions, the newest first."""
        return Response(BasisRuleReply(selectors.basis_rules(), many=True).data)
