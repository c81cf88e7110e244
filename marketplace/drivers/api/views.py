"""Drivers over HTTP. What carries out a provider's deliveries is decided by its people."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.outbound.contracts import URL_LENGTH_MAX
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer, StrictUUIDField
from marketplace.drivers import registry, rules, selectors, services
from marketplace.drivers.contracts import CallState, DriverStep, DriverWish, DriverWord
from marketplace.drivers.models import DriverCall, DriverMessage, ProviderDriver
from marketplace.fulfilment import selectors as fulfilment_selectors

PROVIDERS = frozenset({Role.PROVIDER})
READERS = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
READ = "deliveries:read"
NO_STORE = {"Cache-Control": "no-store"}


class DriverKindReply(serializers.Serializer[Any]):
    """A driver of the registry, by name and version."""

    name = serializers.CharField()
    title = serializers.CharField(source="label")
    told = serializers.CharField()
    is_called = serializers.BooleanField(help_text="the market calls its address")
    runs_at = serializers.CharField(help_text="page or provider: who runs it")


class CallTermsReply(serializers.Serializer[Any]):
    """A version of the rule of calls."""

    name = serializers.CharField()
    connect_seconds = serializers.IntegerField()
    total_seconds = serializers.IntegerField()
    retry_seconds = serializers.ListField(child=serializers.IntegerField())
    rest_seconds = serializers.ListField(child=serializers.IntegerField())
    together = serializers.IntegerField(help_text="calls to one driver at once")
    lead_seconds = serializers.IntegerField(help_text="before its start RUN is told")
    tolerance_seconds = serializers.IntegerField()


class DriverKindsReply(serializers.Serializer[Any]):
    """What there is to choose from."""

    kinds = DriverKindReply(many=True)
    rules = CallTermsReply(many=True)


class DriverReply(serializers.ModelSerializer[ProviderDriver]):
    """What carries out the deliveries of a provider."""

    resource_id = serializers.UUIDField(allow_null=True, help_text="empty: all others")

    class Meta:
        model = ProviderDriver
        fields = (
            *("id", "resource_id", "kind", "rule", "url", "created_at", "answered_at"),
            *("failures", "resting_until", "test_due_at", "tested_at", "test_error"),
        )


class NewDriverReply(DriverReply):
    """A driver with its secret, which is never shown again."""

    secret = serializers.CharField(allow_blank=True, help_text="empty: nothing calls it")

    class Meta(DriverReply.Meta):
        fields = (*DriverReply.Meta.fields, "secret")  # type: ignore[assignment]


class NewDriver(StrictSerializer):
    """A driver to register."""

    kind = serializers.ChoiceField(list(registry.KINDS))
    resource_id = StrictUUIDField(required=False, allow_null=True, default=None)
    url = StrictCharField(max_length=URL_LENGTH_MAX, required=False, allow_blank=True, default="")
    rule = serializers.ChoiceField(
        list(rules.CALLS.versions), required=False, default=rules.STANDARD
    )


class DriverChange(StrictSerializer):
    """Where a driver listens, and by which rule it is called."""

    url = StrictCharField(max_length=URL_LENGTH_MAX, allow_blank=True)
    rule = serializers.ChoiceField(list(rules.CALLS.versions))


class DriverCallReply(serializers.ModelSerializer[DriverCall]):
    """One step that a driver was told."""

    step = serializers.ChoiceField(DriverStep.choices)
    state = serializers.ChoiceField(CallState.choices)

    class Meta:
        model = DriverCall
        fields = (
            *("id", "step", "access_request", "state", "attempts", "status", "error"),
            *("created_at", "next_attempt_at", "ended_at"),
        )


class DriverMessageReply(serializers.ModelSerializer[DriverMessage]):
    """One thing that a driver said."""

    word = serializers.ChoiceField(DriverWord.choices)

    class Meta:
        model = DriverMessage
        fields = (
            *("id", "word", "exit_code", "reason", "detail", "access_request", "code"),
            "heard_at",
        )


class DeliveryCourseReply(serializers.Serializer[Any]):
    """How a driver carries out a delivery; empty where people do."""

    kind = serializers.CharField(allow_blank=True)
    exit_code = serializers.IntegerField(allow_null=True, help_text="of its work: the result")
    exited_at = serializers.DateTimeField(allow_null=True)
    wiped_at = serializers.DateTimeField(allow_null=True)
    is_over = serializers.BooleanField(help_text="the driver is told nothing more")
    calls = DriverCallReply(many=True)
    messages = DriverMessageReply(many=True)


class DriverKindList(APIView):
    """The registry of drivers, and the rules by which they are called."""

    public = True

    @extend_schema(responses=DriverKindsReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return every driver and every rule that this release knows."""
        found = {"kinds": registry.KINDS.values(), "rules": rules.CALLS.versions.values()}
        return Response(DriverKindsReply(found).data)


class DriverList(generics.ListAPIView[ProviderDriver]):
    """What carries out the deliveries of an organisation."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = DriverReply
    queryset = ProviderDriver.objects.none()

    def get_queryset(self) -> QuerySet[ProviderDriver]:
        """Return the organisation's drivers, the latest first."""
        if getattr(self, "swagger_fake_view", False):
            return ProviderDriver.objects.none()
        return selectors.drivers_of(actor_of(self.request).organization_id)

    @extend_schema(request=NewDriver, responses={201: NewDriverReply})
    def post(self, request: Request) -> Response:
        """Register a driver. The answer holds its secret, which is never shown again."""
        form = NewDriver(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        assert actor.person_id is not None
        issued = services.register_driver(
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            wish=DriverWish(**form.validated_data),
            now=clock.now(),
        )
        return _issued(issued)


class DriverDetail(APIView):
    """One driver."""

    required_roles: ClassVar = {"GET": PROVIDERS, "PATCH": PROVIDERS, "DELETE": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=DriverReply)
    def get(self, request: Request, driver_id: UUID) -> Response:
        """Return the driver."""
        own = actor_of(request).organization_id
        return Response(DriverReply(selectors.driver_of(driver_id, provider_id=own)).data)

    @extend_schema(request=DriverChange, responses=DriverReply)
    def patch(self, request: Request, driver_id: UUID) -> Response:
        """Change where the driver listens; what waits goes there."""
        form = DriverChange(data=request.data)
        form.is_valid(raise_exception=True)
        changed = services.change_driver(
            driver_id=driver_id,
            provider_id=actor_of(request).organization_id,
            url=form.validated_data["url"],
            rule=form.validated_data["rule"],
            now=clock.now(),
        )
        return Response(DriverReply(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, driver_id: UUID) -> Response:
        """Remove the driver; what it carries out is done by hand from now on."""
        own = actor_of(request).organization_id
        services.remove_driver(driver_id=driver_id, provider_id=own, now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class DriverSecret(APIView):
    """The secret of a driver."""

    required_roles: ClassVar = {"POST": PROVIDERS}

    @extend_schema(request=None, responses={201: NewDriverReply})
    def post(self, request: Request, driver_id: UUID) -> Response:
        """Replace the secret. For a day the former one is taken beside the new one."""
        own = actor_of(request).organization_id
        return _issued(
            services.replace_secret(driver_id=driver_id, provider_id=own, now=clock.now())
        )


class DriverTests(APIView):
    """Tests of a driver."""

    required_roles: ClassVar = {"POST": PROVIDERS}

    @extend_schema(request=None, responses={202: DriverReply})
    def post(self, request: Request, driver_id: UUID) -> Response:
        """Send the driver a call that means nothing; how that went stands on the driver."""
        own = actor_of(request).organization_id
        asked = services.ask_test(driver_id=driver_id, provider_id=own, now=clock.now())
        return Response(DriverReply(asked).data, status=status.HTTP_202_ACCEPTED)


class DeliveryCourse(APIView):
    """How a driver carries out a delivery."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=DeliveryCourseReply)
    def get(self, request: Request, order_delivery_id: UUID) -> Response:
        """Return what the driver was told, what it said, and how its work ended."""
        found = fulfilment_selectors.delivery(order_delivery_id, actor=actor_of(request))
        row = selectors.driven(found.pk)
        course = {
            "kind": row.kind if row else "",
            "exit_code": row.exit_code if row else None,
            "exited_at": row.exited_at if row else None,
            "wiped_at": row.wiped_at if row else None,
            "is_over": row.is_over if row else False,
            "calls": selectors.calls_of(found.pk),
            "messages": selectors.messages_of(found.pk),
        }
        return Response(DeliveryCourseReply(course).data)


def _issued(issued: services.IssuedDriver) -> Response:
    reply = DriverReply(issued.driver).data | {"secret": issued.secret}
    return Response(reply, status=status.HTTP_201_CREATED, headers=NO_STORE)
