"""The size that suppliers qualify with, over HTTP."""

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
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.models import SupplierSize
from marketplace.vouchers.supplier_contracts import REFERENCE_MAX, SIZE_MAX


class SupplierSizeReply(serializers.ModelSerializer[SupplierSize]):
    """What a supplier qualifies with from a moment on."""

    supplier_uscc = serializers.CharField(source="supplier.uscc")
    supplier_name = serializers.CharField(source="supplier.name")

    class Meta:
        model = SupplierSize
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "supplier_uscc", "supplier_name", "pflops", "racks", "origin"),
            *("reference", "valid_from"),
        )


def _size() -> Any:
    return StrictIntegerField(
        min_value=0, max_value=SIZE_MAX, required=False, allow_null=True, default=None
    )


class NewSupplierSize(StrictSerializer):
    """What a supplier qualifies with, and the document that proves it."""

    supplier_id = StrictUUIDField()
    pflops = _size()
    racks = _size()
    reference = StrictCharField(max_length=REFERENCE_MAX)


class SupplierSizeList(generics.ListAPIView[SupplierSize]):
    """What suppliers qualify with; programmes ask for it, and everybody may read it."""

    required_roles: ClassVar = {"GET": frozenset(Role), "POST": frozenset({Role.OPERATOR})}
    serializer_class = SupplierSizeReply
    queryset = SupplierSize.objects.none()

    def get_queryset(self) -> QuerySet[SupplierSize]:
        """Return every size, the latest first."""
        return selectors.supplier_sizes()

    @extend_schema(request=NewSupplierSize, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose what a supplier qualifies with; another operator decides."""
        form = NewSupplierSize(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.propose_supplier_size(
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        return waits(made)
