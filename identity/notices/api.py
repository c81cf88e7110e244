"""A person's notices over HTTP. A key reads and marks those of the person behind it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER
from identity.http.actors import actor_of
from identity.http.fields import StrictSerializer, StrictUUIDField
from identity.notices import selectors, services
from identity.notices.contracts import READ_MAX, Letters, Topic
from identity.notices.filters import NoticeFilter
from identity.notices.models import Notice

READ, WRITE = "notices:read", "notices:write"


class NoticeReply(serializers.ModelSerializer[Notice]):
    """What a person is told: what happened, to what, how often, and whether they have read it."""

    title = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = (
            *("id", "name", "title", "topic", "count", "object_kind", "object_id", "object_label"),
            *("happened_at", "noticed_at", "read_at", "answered_at", "reminders"),
        )

    def get_title(self, notice: Notice) -> str:
        """Return what happened, in the reader's language."""
        return str(selectors.label_of(notice))


class ReadNotices(StrictSerializer):
    """Which notices were read: some by their identifiers."""

    ids = serializers.ListField(child=StrictUUIDField(), min_length=1, max_length=READ_MAX)


class ReadCount(serializers.Serializer[dict[str, int]]):
    """How many notices were unread before."""

    read = serializers.IntegerField()


class LetterChoices(StrictSerializer):
    """When letters are wanted, by topic; topics that are left out stay as they are."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field a topic."""
        return {
            topic.value: serializers.ChoiceField(Letters.choices, required=False) for topic in Topic
        }


class NoticeList(generics.ListAPIView[Notice]):
    """The notices of the person who asks, newest first, in the organisation they act for."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = NoticeReply
    filterset_class = NoticeFilter
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        """Return the person's notices."""
        return selectors.notices_of(actor_of(self.request)).order_by("-id")


class NoticesRead(APIView):
    """What was read."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=ReadNotices, responses=ReadCount)
    def post(self, request: Request) -> Response:
        """Note that notices were read; what was read before stays so."""
        form = ReadNotices(data=request.data)
        form.is_valid(raise_exception=True)
        read = services.mark_read(
            actor_of(request), ids=form.validated_data["ids"], now=clock.now()
        )
        return Response({"read": read})


class NoticeLetters(APIView):
    """When the person wants letters, by topic."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "PATCH": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ, "PATCH": WRITE}

    @extend_schema(responses=LetterChoices)
    def get(self, request: Request) -> Response:
        """Return what is chosen, or what holds for who chose nothing."""
        return Response(selectors.letter_choices(actor_of(request)))

    @extend_schema(request=LetterChoices, responses=LetterChoices)
    def patch(self, request: Request) -> Response:
        """Choose for some topics; from the next notice on."""
        form = LetterChoices(data=request.data)
        form.is_valid(raise_exception=True)
        chosen = {Topic(name): Letters(value) for name, value in form.validated_data.items()}
        services.choose_letters(actor_of(request), chosen)
        return self.get(request)
