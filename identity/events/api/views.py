"""The record of events over HTTP: a feed that a program follows."""

from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.contracts import ANY_MEMBER
from identity.events import registry, selectors, telling
from identity.events.api import serializers
from identity.events.contracts import Cursor, InvalidEventCursor
from identity.http.actors import actor_of


class Feed(APIView):
    """What happened, to be followed by a program."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "events:read"}

    @extend_schema(parameters=[serializers.FeedQuery], responses=serializers.FeedReply)
    def get(self, request: Request) -> Response:
        """
        Return what was recorded after a cursor, each event once and none ever missed.

        Keep `cursor` when what it came with is worked off, and send it next time: at once while
        `has_more`, else in a while. Events of one object come in their order. Members read what
        concerns their organisation; auditors and operators read everything.
        """
        query = serializers.FeedQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        actor = actor_of(request)
        batch = _read(wanted, selectors.scope_of(actor, wanted.pop("organization_id", None)))
        told = telling.told(batch.events, reader=actor)
        answer = {"cursor": str(batch.cursor), "has_more": batch.has_more, "results": told}
        return Response(serializers.FeedReply(answer).data)


def _read(wanted: dict[str, Any], organization_id: Any) -> selectors.Batch:
    text, limit = wanted.pop("cursor", ""), wanted.pop("page_size")
    if text == serializers.NEWEST:
        return selectors.Batch([], selectors.newest(), has_more=False)
    cursor = Cursor.parse(text)
    # One that was made up, or in a database that this one was restored from and fell behind.
    if cursor.high > selectors.newest().high:
        raise InvalidEventCursor(field="cursor")
    condition: Q = selectors.Wanted(**wanted).condition()
    return selectors.after(
        cursor, limit=limit, organization_id=organization_id, only=condition or None
    )


class Names(APIView):
    """What events are called."""

    public = True

    @extend_schema(responses=serializers.NameReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every name that an event may have, with what people call it."""
        names = [{"name": name, "label": str(it)} for name, it in registry.labels().items()]
        return Response(serializers.NameReply(names, many=True).data)
