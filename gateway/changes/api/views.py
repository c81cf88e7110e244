"""The public feed of changes, and subscriptions."""

import threading
import time
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.api.base import OutwardView
from gateway.changes import selectors, services
from gateway.changes.api import serializers
from gateway.changes.contracts import WAITING_MAX, FeedPlaceUnknown
from gateway.changes.models import CodeSubscription
from identity.contracts import ANY_MEMBER
from identity.http.actors import actor_of

LOOK_EVERY_SECONDS: Final = 0.25
# Who waits holds a thread of the web: a few may, others are answered at once.
_waiting: Final = threading.BoundedSemaphore(WAITING_MAX)


class ChangeFeed(OutwardView):
    """What changed in the register, in its order, without a gap."""

    @extend_schema(
        operation_id="gateway_feed",
        responses=serializers.ChangeFeedReply,
        parameters=[serializers.FeedAsked],
    )
    def get(self, request: Request) -> Response:
        """Answer changes behind a number; `wait` holds the answer until there is one."""
        form = serializers.FeedAsked(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        asked: dict[str, Any] = dict(form.validated_data)
        after, seconds = asked["after"], asked.pop("wait")
        last = selectors.last_number()
        if after > last:
            raise FeedPlaceUnknown(field="after", last=last)
        if seconds and after == last and _waiting.acquire(blocking=False):
            try:
                _wait(after, seconds)
            finally:
                _waiting.release()
            last = selectors.last_number()
        tag = f'W/"{last}"'
        headers = {"Cache-Control": "public, max-age=1", "ETag": tag}
        if request.headers.get("If-None-Match") == tag:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        found = selectors.feed(**asked)
        behind = (found[-1].number or 0) if found else 0
        if len(found) < asked["limit"]:  # Up to `last` nothing more of the kind is there.
            behind = max(behind, last)
        reply = serializers.ChangeFeedReply({"changes": found, "next": behind, "last": last})
        return Response(reply.data, headers=headers)


def _wait(after: int, seconds: int) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and not selectors.wait_is_over(after):
        time.sleep(LOOK_EVERY_SECONDS)


class SubscriptionList(generics.ListAPIView[CodeSubscription]):
    """What the organisation follows."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read", "POST": "webhooks:write"}
    serializer_class = serializers.SubscriptionReply
    queryset = CodeSubscription.objects.none()

    def get_queryset(self) -> QuerySet[CodeSubscription]:
        """Return what is followed now."""
        return selectors.following_of(actor_of(self.request).organization_id)

    @extend_schema(
        request=serializers.NewSubscription, responses={201: serializers.SubscriptionReply}
    )
    def post(self, request: Request) -> Response:
        """Follow codes; events `changes.code.changed` go to the organisation's webhooks."""
        form = serializers.NewSubscription(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.follow(
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            following=form.following(),
            now=clock.now(),
        )
        return Response(serializers.SubscriptionReply(made).data, status=status.HTTP_201_CREATED)


class SubscriptionDetail(APIView):
    """One of what the organisation follows."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "DELETE": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "webhooks:read", "DELETE": "webhooks:write"}

    @extend_schema(responses=serializers.SubscriptionReply)
    def get(self, request: Request, subscription_id: UUID) -> Response:
        """Return it with what it was told last."""
        found = selectors.subscription_of(
            organization_id=actor_of(request).organization_id, subscription_id=subscription_id
        )
        return Response(serializers.SubscriptionReply(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, subscription_id: UUID) -> Response:
        """Follow no longer."""
        services.end(
            organization_id=actor_of(request).organization_id,
            subscription_id=subscription_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
