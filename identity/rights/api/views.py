"""People's rights to their data, and incidents, over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, tenancy
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.rights import selectors, services
from identity.rights.api import serializers
from identity.rights.filters import IncidentFilter
from identity.rights.models import Erasure, ErasureRequest, Incident, OwnExport

OPERATORS = frozenset({Role.OPERATOR})
WATCHERS = frozenset({Role.OPERATOR, Role.AUDITOR})


class OwnExportList(generics.ListAPIView[OwnExport]):
    """Exports of one's own data."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    serializer_class = serializers.OwnExportReply
    queryset = OwnExport.objects.none()
    ordering = ("-id",)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the exports of who asks, and nobody else's."""
        with tenancy.acting_as_platform():
            return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[OwnExport]:
        """Return the exports of who asks."""
        return selectors.own_exports(actor_of(self.request).person_id)

    @extend_schema(request=None, responses={202: serializers.OwnExportReply})
    def post(self, request: Request) -> Response:
        """Ask for everything that is kept about oneself; it is prepared in the background."""
        made = services.ask_export(person_id=actor_of(request).person_id, now=clock.now())
        reply = serializers.OwnExportReply(made).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)


class OwnExportFile(APIView):
    """The file of an export of one's own data."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER}

    @extend_schema(
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "data.json, data.html")
        }
    )
    def get(self, request: Request, own_export_id: UUID) -> HttpResponse:
        """Return the zip, until it expires; to the person alone."""
        with tenancy.acting_as_platform():
            content = selectors.own_export_file(
                person_id=actor_of(request).person_id, export_id=own_export_id, now=clock.now()
            )
        return zipped(content)


def zipped(content: bytes) -> HttpResponse:
    """Return a file that no cache keeps."""
    headers = {
        "Content-Disposition": 'attachment; filename="my-data.zip"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/zip", headers=headers)


class ErasureList(generics.ListAPIView[Erasure]):
    """Persons who were erased."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": "privacy:read"}
    serializer_class = serializers.ErasureReply
    queryset = Erasure.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Erasure]:
        """Return who was erased, the last first."""
        return selectors.erasures()

    @extend_schema(request=serializers.NewErasure, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose to erase a person; another operator's approval does it at once, for good."""
        form = serializers.NewErasure(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_erasure(by=_person(request), now=clock.now(), **form.validated_data)
        return waits(made)


class OwnErasureRequests(generics.ListAPIView[ErasureRequest]):
    """What one asked of one's own erasure."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER, "DELETE": ANY_MEMBER}
    serializer_class = serializers.ErasureRequestReply
    queryset = ErasureRequest.objects.none()
    ordering = ("-id",)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the requests of who asks, and nobody else's."""
        with tenancy.acting_as_platform():
            return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[ErasureRequest]:
        """Return the requests of who asks."""
        return selectors.own_erasure_requests(actor_of(self.request).person_id)

    @extend_schema(
        request=serializers.NewErasureRequest, responses={202: serializers.ErasureRequestReply}
    )
    def post(self, request: Request) -> Response:
        """Ask to be erased; operators do it, or say why not. One request waits at a time."""
        form = serializers.NewErasureRequest(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.ask_erasure(
            person_id=actor_of(request).person_id,
            words=form.validated_data["words"],
            now=clock.now(),
        )
        reply = serializers.ErasureRequestReply(made).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: serializers.ErasureRequestReply})
    def delete(self, request: Request) -> Response:
        """Withdraw what waits."""
        found = services.withdraw_erasure(person_id=actor_of(request).person_id, now=clock.now())
        return Response(serializers.ErasureRequestReply(found).data)


class ErasureRequestList(generics.ListAPIView[ErasureRequest]):
    """Persons who asked to be erased."""

    required_roles: ClassVar = {"GET": WATCHERS}
    required_scopes: ClassVar = {"GET": "privacy:read"}
    serializer_class = serializers.ErasureRequestReply
    queryset = ErasureRequest.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[ErasureRequest]:
        """Return who asked, the newest first."""
        return selectors.erasure_requests()


class ErasureRequestRefusal(APIView):
    """The refusal of a request for erasure."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(
        request=serializers.ErasureAnswer, responses={200: serializers.ErasureRequestReply}
    )
    @idempotent
    def post(self, request: Request, erasure_request_id: UUID) -> Response:
        """Say why the person is not erased; the person reads it. To erase, propose it."""
        form = serializers.ErasureAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        found = services.refuse_erasure(
            request_id=erasure_request_id,
            reason=form.validated_data["reason"],
            person_id=actor_of(request).person_id,
            now=clock.now(),
        )
        return Response(serializers.ErasureRequestReply(found).data)


class IncidentList(generics.ListAPIView[Incident]):
    """Incidents with data."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": WATCHERS}
    required_scopes: ClassVar = {"GET": "privacy:read"}
    serializer_class = serializers.IncidentReply
    filterset_class = IncidentFilter
    queryset = Incident.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Incident]:
        """Return the incidents, the newest first."""
        return selectors.incidents()

    @extend_schema(
        request=serializers.NewIncident, responses={201: serializers.IncidentDetailReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report an incident; who is told by when follows from its severity."""
        form = serializers.NewIncident(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.report_incident(by=_person(request), now=clock.now(), **form.validated_data)
        return Response(_detail(made.pk), status=status.HTTP_201_CREATED)


class IncidentDetail(APIView):
    """One incident."""

    required_roles: ClassVar = {"GET": WATCHERS}
    required_scopes: ClassVar = {"GET": "privacy:read"}

    @extend_schema(responses=serializers.IncidentDetailReply)
    def get(self, request: Request, incident_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return it with who is told by when, and its timeline."""
        return Response(_detail(incident_id))


class IncidentTimeline(APIView):
    """The timeline of an incident."""

    required_roles: ClassVar = {"POST": WATCHERS}

    @extend_schema(
        request=serializers.NewTimelineEntry, responses={201: serializers.IncidentDetailReply}
    )
    @idempotent
    def post(self, request: Request, incident_id: UUID) -> Response:
        """Write down what was done about it; what was written stays."""
        form = serializers.NewTimelineEntry(data=request.data)
        form.is_valid(raise_exception=True)
        services.add_entry(
            incident_id=incident_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return Response(_detail(incident_id), status=status.HTTP_201_CREATED)


class IncidentClosing(APIView):
    """The end of an incident."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.IncidentLesson, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, incident_id: UUID) -> Response:
        """Propose to close it; another operator's approval does."""
        form = serializers.IncidentLesson(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_incident_closing(
            incident_id=incident_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return waits(made)


class PublishedCount(APIView):
    """How many incidents the market published."""

    public = True

    @extend_schema(responses=serializers.PublishedIncidents)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return how many of the last year."""
        with tenancy.acting_as_platform():
            count = selectors.published_incidents(now=clock.now())
        return Response(serializers.PublishedIncidents({"count": count}).data)


def _detail(incident_id: UUID) -> dict[str, Any]:
    found: Any = selectors.incident(incident_id)
    found.timeline = list(selectors.timeline(incident_id))
    found.duties = selectors.duties(found)
    reply: dict[str, Any] = serializers.IncidentDetailReply(found).data
    return reply


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
