"""Conversion tables, proposals of rules and tables, and what a month would have been."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from metering import selectors, services
from metering.api import facts
from metering.contracts import RuleVersionNotFound
from metering.table_contracts import HourClass
from metering.table_models import ConversionTableVersion

OPERATORS = frozenset({Role.OPERATOR})
READERS = frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
CODE = r"^[a-z0-9][a-z0-9-]{0,39}$"


class ConversionTableReply(serializers.Serializer[Any]):
    """A version of a class's conversion table, whole: anyone can compute a factor again."""

    id = serializers.UUIDField()
    name = serializers.ChoiceField(HourClass.choices, source="hour_class")
    version = serializers.IntegerField()
    title = serializers.CharField()
    title_en = serializers.CharField()
    definition = serializers.JSONField()
    content_hash = serializers.CharField(help_text="SHA-256 of table, version and definition")
    basis = serializers.CharField(source="source")
    valid_from = serializers.DateTimeField()
    published_at = serializers.DateTimeField()


class DefinitionField(serializers.JSONField):
    """A definition as an object; what it says is checked by the room."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the object."""
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            self.fail("invalid")
        return value


class NewRuleVersion(StrictSerializer):
    """The next version of a measurement rule, or a new rule, to propose."""

    code = serializers.RegexField(CODE)
    name = StrictCharField(max_length=80, required=False, default="")
    name_en = StrictCharField(max_length=80, required=False, default="")
    definition = DefinitionField()
    basis = StrictCharField(max_length=2000, help_text="where it was decided and announced")
    valid_from = MomentField(required=False, allow_null=True, default=None)


class NewTableVersion(StrictSerializer):
    """The next version of a conversion table to propose."""

    name = serializers.ChoiceField(HourClass.choices)
    title = StrictCharField(max_length=80)
    title_en = StrictCharField(max_length=80)
    definition = DefinitionField()
    basis = StrictCharField(max_length=2000, help_text="where it was decided and announced")
    valid_from = MomentField(required=False, allow_null=True, default=None)


class TableFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How tables can be found."""

    name = django_filters.ChoiceFilter(field_name="hour_class", choices=HourClass.choices)

    class Meta:
        model = ConversionTableVersion
        fields: ClassVar[list[str]] = []


class ConversionTableList(generics.ListAPIView[ConversionTableVersion]):
    """The conversion tables of standard hours, every version of them."""

    public = True
    required_roles: ClassVar = {"POST": OPERATORS}
    serializer_class = ConversionTableReply
    filterset_class = TableFilter
    ordering = ("-published_at", "-id")
    queryset = ConversionTableVersion.objects.all()

    @extend_schema(request=NewTableVersion, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose the next version; it is published once another operator approves it."""
        form = NewTableVersion(data=request.data)
        form.is_valid(raise_exception=True)
        return waits(services.propose_table(**_proposed(request, form.validated_data)))


class ConversionTableDetail(generics.RetrieveAPIView[ConversionTableVersion]):
    """One version of a conversion table."""

    public = True
    serializer_class = ConversionTableReply
    lookup_url_kwarg = "table_version_id"
    queryset = ConversionTableVersion.objects.all()


class MeasurementRuleList(facts.RuleList):
    """The measurement rules, every version of them."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=NewRuleVersion, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose the next version; it is published once another operator approves it."""
        form = NewRuleVersion(data=request.data)
        form.is_valid(raise_exception=True)
        return waits(services.propose_rule_version(**_proposed(request, form.validated_data)))


def _proposed(request: Request, values: dict[str, Any]) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        **{name: value for name, value in values.items() if name != "basis"},
        "source": values["basis"],
        "by": Person(actor.person_id, actor.organization_id),
        "now": clock.now(),
    }


class WhatIfLineReply(serializers.Serializer[Any]):
    """One resource's month under another rule."""

    resource_id = serializers.UUIDField()
    class_before = serializers.CharField(help_text="empty: native hours alone")
    class_after = serializers.CharField()
    records = serializers.IntegerField()
    unconverted = serializers.IntegerField(help_text="records that would have no factor")
    native_hours = serializers.DecimalField(max_digits=38, decimal_places=12)
    before = serializers.DecimalField(max_digits=38, decimal_places=12)
    after = serializers.DecimalField(max_digits=38, decimal_places=12)
    difference = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)


class WhatIfReply(serializers.Serializer[Any]):
    """What a month of usage would have been."""

    month = serializers.CharField()
    records = serializers.IntegerField()
    lines = WhatIfLineReply(many=True)


class PastMonth(APIView):
    """What a past month of the actor's usage would have been under a version of a rule."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}

    @extend_schema(responses=WhatIfReply)
    def get(self, request: Request, rule_version_id: UUID, month: str) -> Response:
        """Return it resource by resource: the provider's own, or the whole market."""
        found = selectors.definition_of(rule_version_id)
        if found is None:
            raise RuleVersionNotFound
        code, definition = found
        actor = actor_of(request)
        told = selectors.what_if(
            code=code,
            definition=definition,
            period=moments.month_period(moments.parse_month(month)),
            provider_id=None if actor.spans_tenants else actor.organization_id,
        )
        reply = {"month": month, "records": told.records, "lines": told.lines}
        return Response(WhatIfReply(reply).data)
