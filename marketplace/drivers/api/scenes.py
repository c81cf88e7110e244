"""Scenes and templates of orders, over HTTP."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent
from marketplace.drivers import scene_selectors, services
from marketplace.drivers.models import OrderScene, OrderTemplate
from marketplace.drivers.scene_contracts import CODE_LENGTH_MAX, TITLE_LENGTH_MAX

BUYERS = frozenset({Role.BUYER})
READ, WRITE = "orders:read", "orders:write"


class OrderSceneReply(serializers.ModelSerializer[OrderScene]):
    """A version of a scene: what it is called, what it needs, and what an order begins with."""

    class Meta:
        model = OrderScene
        fields = ("code", "version", "content", "content_hash", "published_at")


class NewOrderScene(StrictSerializer):
    """The next version of a scene."""

    code = StrictCharField(max_length=CODE_LENGTH_MAX)
    content = serializers.JSONField(
        help_text="title, sentence, classes, forms, driver_kinds, asks, defaults"
    )


class OrderTemplateReply(serializers.ModelSerializer[OrderTemplate]):
    """What a buyer keeps of an order."""

    class Meta:
        model = OrderTemplate
        fields = ("id", "name", "listing_id", "content", "made_at")


class NewOrderTemplate(StrictSerializer):
    """An order to keep, and under which name."""

    order_id = StrictUUIDField()
    name = StrictCharField(max_length=TITLE_LENGTH_MAX)


class OrderSceneList(generics.ListAPIView[OrderScene]):
    """Scenes, each in its newest version."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}
    serializer_class = OrderSceneReply
    queryset = OrderScene.objects.none()
    ordering = ("code",)

    def get_queryset(self) -> QuerySet[OrderScene]:
        """Return the newest version of each scene."""
        return scene_selectors.scenes()

    @extend_schema(request=NewOrderScene, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose the next version of a scene; another operator publishes it."""
        form = NewOrderScene(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        content = form.validated_data["content"]
        made = services.propose_scene(
            code=form.validated_data["code"],
            content=content if isinstance(content, dict) else {},
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(made)


class OrderSceneDetail(APIView):
    """One scene."""

    public = True

    @extend_schema(responses=OrderSceneReply)
    def get(self, request: Request, scene_code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the newest version of a scene."""
        return Response(OrderSceneReply(scene_selectors.scene(scene_code)).data)


class OrderTemplateList(generics.ListAPIView[OrderTemplate]):
    """What an organisation keeps of its orders."""

    required_roles: ClassVar = {"GET": BUYERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = OrderTemplateReply
    queryset = OrderTemplate.objects.none()
    ordering = ("name",)  # unique in an organisation

    def get_queryset(self) -> QuerySet[OrderTemplate]:
        """Return the organisation's templates."""
        return scene_selectors.templates_of(actor_of(self.request).organization_id)

    @extend_schema(request=NewOrderTemplate, responses={201: OrderTemplateReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep what an order asked for, to order it again."""
        form = NewOrderTemplate(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.keep_template(
            **form.validated_data,
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(OrderTemplateReply(made).data, status=status.HTTP_201_CREATED)


class OrderTemplateDetail(APIView):
    """One template."""

    required_roles: ClassVar = {"GET": BUYERS, "DELETE": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "DELETE": WRITE}

    @extend_schema(responses=OrderTemplateReply)
    def get(self, request: Request, order_template_id: UUID) -> Response:
        """Return the template."""
        own = actor_of(request).organization_id
        return Response(
            OrderTemplateReply(
                scene_selectors.template(order_template_id, organization_id=own)
            ).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, order_template_id: UUID) -> Response:
        """Forget the template."""
        own = actor_of(request).organization_id
        services.remove_template(
            template_id=order_template_id, organization_id=own, now=clock.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
